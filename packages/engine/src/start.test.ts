import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EngineError, type EngineName } from './engine.js';
import { hasNvidiaDriver } from './native/gpu.js';
import { startEngine } from './start.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('startEngine', () => {
  it('refuses unknown names and lists those there are, before anything is started', async () => {
    await expect(startEngine({ engine: 'tpu' as EngineName })).rejects.toThrow(
      "Unknown engine 'tpu'. There are: auto, cuda, native, webgpu, wasm, cpu",
    );
    vi.stubEnv('WSSS_ENGINE', 'wsam');
    await expect(startEngine()).rejects.toThrow("Unknown engine 'wsam' in WSSS_ENGINE. There are");
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %d threads', async threads => {
    await expect(startEngine({ engine: 'cpu', threads })).rejects.toThrow(`threads must be a whole number above 0, found ${threads}`);
  });

  it('says what is missing and what to type for an engine that cannot start', async () => {
    await expect(startEngine({ engine: 'native', tensorflow: '/no/such/folder' })).rejects.toThrow(
      'There is no TensorFlow library in /no/such/folder',
    );
    if (!hasNvidiaDriver()) await expect(startEngine({ engine: 'cuda' })).rejects.toThrow(/needs an NVIDIA GPU/);
    await expect(startEngine({ engine: 'native', tensorflow: '/no/such/folder' })).rejects.toBeInstanceOf(EngineError);
  });

  it('does not take something slower when the folder of a library was named', async () => {
    vi.stubEnv('WSSS_ENGINE', '');
    vi.stubEnv('WSSS_TENSORFLOW', '/no/such/folder');
    await expect(startEngine()).rejects.toThrow('/no/such/folder');
  });

  it('takes the engine named by WSSS_ENGINE, says nothing, and can compute', async () => {
    vi.stubEnv('WSSS_ENGINE', 'cpu');
    const said = [vi.spyOn(console, 'log'), vi.spyOn(console, 'warn')];
    const engine = await startEngine();
    expect(engine).toMatchObject({ name: 'cpu', threads: 1, canTrace: false });
    expect(engine.memoryBytes).toBeGreaterThan(2 ** 28);
    expect(tf.add(1, 2).arraySync()).toBe(3);
    for (const spy of said) expect(spy).not.toHaveBeenCalled();
  });

  it('gives the running engine when called again, by name or not', async () => {
    vi.stubEnv('WSSS_ENGINE', undefined);
    const engine = await startEngine({ engine: 'cpu' });
    expect(await startEngine()).toBe(engine);
    expect(await startEngine({ engine: 'auto' })).toBe(engine);
  });

  it('has gradients registered', () => {
    expect(
      tf
        .grad(x => tf.square(x))(tf.scalar(3))
        .arraySync(),
    ).toBe(6);
  });

  it('switches to another engine, whatever WSSS_ENGINE says, and takes tensors along', async () => {
    vi.stubEnv('WSSS_ENGINE', 'cpu');
    const x = tf.tensor1d([1, 2, 3]);
    const engine = await startEngine({ engine: 'wasm', threads: 1 });
    expect(engine).toMatchObject({ name: 'wasm', threads: 1, memoryBytes: 2 ** 32 - 2 ** 26 });
    expect(tf.getBackend()).toBe('wasm');
    const y = tf.mul(x, 2);
    await startEngine({ engine: 'cpu' });
    expect(tf.add(y, x).arraySync()).toEqual([3, 6, 9]);
    expect(await startEngine({ engine: 'wasm' })).toBe(engine);
    await expect(startEngine({ engine: 'wasm', threads: 2 })).rejects.toThrow('runs with 1 threads in this process');
  });

  it('starts one engine at a time', async () => {
    const [first, second] = await Promise.all([startEngine({ engine: 'cpu' }), startEngine({ engine: 'wasm' })]);
    expect([first.name, second.name, tf.getBackend()]).toEqual(['cpu', 'wasm', 'wasm']);
  });
});
