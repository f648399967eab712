import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EngineError } from '../engine.js';
import type { BrowserEngineName } from './engine.js';
import { inspectEngines } from './inspect.js';
import { startEngine } from './start.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

// What a browser alone can do is tested in Chromium, by tools/scripts/browsers.mjs.
describe('startEngine in a browser', () => {
  it.each([
    [{ engine: 'native' as BrowserEngineName }, "Unknown engine 'native'. There are: auto, webgpu, wasm-threads, wasm, cpu"],
    [{ threads: 0 }, 'threads must be a whole number above 0, found 0'],
    [{ engine: 'wasm-threads', threads: 1 } as const, 'wasm-threads needs 2 threads or more. For one, use the engine wasm'],
    [{ engine: 'wasm', threads: 4 } as const, 'The engine wasm runs on one thread. For more, use wasm-threads'],
  ])('refuses %j', async (options, message) => {
    await expect(startEngine(options)).rejects.toThrow(message);
    await expect(startEngine(options)).rejects.toBeInstanceOf(EngineError);
  });

  it('says what threads and WebGPU need', async () => {
    vi.stubGlobal('crossOriginIsolated', false);
    vi.stubGlobal('navigator', { hardwareConcurrency: 4 });
    await expect(startEngine({ engine: 'wasm-threads' })).rejects.toThrow(/need a cross-origin isolated page\. Serve it with/);
    await expect(startEngine({ engine: 'webgpu' })).rejects.toThrow(/no WebGPU/);
    expect((await inspectEngines()).map(({ name, works }) => [name, works])).toEqual([
      ['webgpu', false],
      ['wasm-threads', false],
      ['wasm', true],
      ['cpu', true],
    ]);
  });

  it('asks for the WebGPU backend, which is not part of this package', async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({}) } });
    await expect(startEngine({ engine: 'webgpu' })).rejects.toThrow("write: import '@tensorflow/tfjs-backend-webgpu'");
  });

  it('computes, with gradients, and gives the running engine when called again', async () => {
    const engine = await startEngine({ engine: 'cpu' });
    expect(engine).toMatchObject({ name: 'cpu', threads: 1 });
    expect(
      tf
        .grad(x => tf.square(x))(tf.scalar(3))
        .arraySync(),
    ).toBe(6);
    expect(await startEngine()).toBe(engine);
  });
});
