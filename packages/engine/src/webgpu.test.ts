import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Engine } from './engine.js';
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

  it('computes gradients', async () => {
    const gradient = tf.grad(x => tf.sum(tf.softmax(tf.mul(x, x))))(tf.tensor1d([1, 2]));
    for (const value of await gradient.data()) expect(value).toBeCloseTo(0, 5);
  });
});
