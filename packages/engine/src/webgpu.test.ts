import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Engine } from './engine.js';
import { hostCall, withHostCalls } from './host-call.js';
import { startEngine } from './start.js';

const outcome: Engine | Error = await startEngine({ engine: 'webgpu' }).catch(error => error);
const why = outcome instanceof Error ? ` (skipped: ${outcome.message})` : '';

describe.skipIf(why !== '')(`webgpu${why}`, () => {
  it('computes', async () => {
    expect(outcome).toMatchObject({ name: 'webgpu', canTrace: false, version: expect.stringContaining('WebGPU') });
    const product = tf.matMul(
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    );
    expect(Array.from(await product.data())).toEqual([19, 22, 43, 50]);
  });

  it('adds up more tensors than a shader can bind', async () => {
    const terms = Array.from({ length: 48 }, (_, i) => tf.tensor1d([i, 1]));
    expect(Array.from(await tf.addN(terms).data())).toEqual([(47 * 48) / 2, 48]);
  });

  it('awaits what host calls read', async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const turned = (y: tf.Tensor) => hostCall(values => Float32Array.from(values).reverse(), [y], y.shape);
    const before = tf.memory().numTensors;
    // Σ x·reversed(2x) with the reversed taken as constant, and a second call on what the first gave
    const { value, grad } = await withHostCalls(() => tf.valueAndGrad(y => tf.sum(tf.mul(y, turned(turned(turned(tf.mul(y, 2)))))))(x));
    expect(Array.from(await value.data())).toEqual([6 + 8 + 6]);
    expect(Array.from(await grad.data())).toEqual([6, 4, 2]);
    tf.dispose([value, grad]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('computes gradients', async () => {
    const gradient = tf.grad(x => tf.sum(tf.softmax(tf.mul(x, x))))(tf.tensor1d([1, 2]));
    for (const value of await gradient.data()) expect(value).toBeCloseTo(0, 5);
  });
});
