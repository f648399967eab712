import './test/build.js';
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { registerWasmKernels } from './register.js';

it('asks for the wasm backend, and for a number of threads', async () => {
  await tf.setBackend('cpu');
  await expect(registerWasmKernels()).rejects.toThrow("The current backend is cpu; expected wasm: await tf.setBackend('wasm') first.");
  await tf.setBackend('wasm');
  await expect(registerWasmKernels({ threads: 0 })).rejects.toThrow('threads must be a whole number above 0, found 0');
});

it('runs on the backend as it comes, on one thread, and trains', async () => {
  await tf.setBackend('wasm');
  const first = await registerWasmKernels({ threads: 4 });
  expect(first.threads).toBe(1); // without shared memory
  expect((await registerWasmKernels()).threads).toBe(1);
  const w = tf.variable(tf.zeros([3, 1]));
  const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const loss = () => tf.mean(tf.square(tf.sub(tf.matMul(x, w), [[1], [2]]))) as tf.Scalar;
  const { value, grads } = tf.variableGrads(loss);
  expect(value.arraySync()).toBe(2.5);
  expect(Array.from(grads[w.name]!.dataSync())).toEqual([-9, -12, -15]);
});
