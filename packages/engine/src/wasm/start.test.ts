import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { startEngine } from '../start.js';
import type { WasmModule } from './module.js';

const traces = () => ({
  listeners: (['uncaughtException', 'unhandledRejection'] as NodeJS.UncaughtExceptionOrigin[]).map(event =>
    process.listeners(event as 'uncaughtException'),
  ),
  worker: 'Worker' in globalThis,
  keepingAlive: process.getActiveResourcesInfo().filter(name => /Worker|MessagePort/.test(name)).length,
});

it('starts with two threads, and leaves no listeners, globals or workers behind that keep the program alive', async () => {
  const before = traces();
  const engine = await startEngine({ engine: 'wasm', threads: 2 });
  expect(engine).toMatchObject({ name: 'wasm', threads: 2, memoryBytes: 2 ** 32 - 2 ** 26, canTrace: false });
  expect(engine.version).toMatch(/^TensorFlow.js WASM 4\.\d+\.\d+ \((relaxed )?SIMD, 2 threads\)$/);
  expect(tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync()[0]).toBe(64);
  expect(traces()).toEqual(before);
});

it('counts the bytes of tensors', async () => {
  const engine = await startEngine({ engine: 'wasm' });
  const before = engine.memoryInUse();
  const x = tf.zeros([1000]);
  expect(engine.memoryInUse() - before).toBe(4000);
  x.dispose();
});

it('throws where the heap ends, instead of crashing, and goes on when there is room again', () => {
  const { wasm } = tf.backend() as unknown as { wasm: WasmModule };
  const blocks = [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 29].map(bytes => wasm._malloc(bytes));
  const large = new Float32Array(2 ** 27);
  const small = tf.range(0, 1000);
  expect(() => tf.tensor(large)).toThrow(
    /out of memory: 536870912 more bytes asked for.*heap ends at 4 GiB\. Use a smaller crop or batch, or the native engine/,
  );
  expect(tf.sum(small).arraySync()).toBe(499500);
  for (const block of blocks) wasm._free(block);
  expect(tf.sum(tf.ones([10])).arraySync()).toBe(10);
});
