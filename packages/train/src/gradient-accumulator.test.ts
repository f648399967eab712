import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { GradientAccumulator } from './gradient-accumulator.js';

describe('GradientAccumulator', () => {
  it('gives the mean over micro-batches and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const accumulator = new GradientAccumulator();
    const addAll = () => {
      accumulator.add({ a: tf.tensor1d([1, 2]), b: tf.scalar(1) });
      accumulator.add({ a: tf.tensor1d([3, 4]) });
    };
    addAll();
    const mean = accumulator.take();
    expect(Array.from(await mean.a!.data())).toEqual([2, 3]);
    expect(Array.from(await mean.b!.data())).toEqual([0.5]);
    tf.dispose(mean);
    accumulator.add({ a: tf.tensor1d([4, 6]) });
    const only = accumulator.take();
    expect(Array.from(await only.a!.data())).toEqual([4, 6]);
    tf.dispose(only);
    addAll();
    accumulator.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps what is added inside a tidy', async () => {
    const accumulator = new GradientAccumulator();
    tf.tidy(() => accumulator.add({ a: tf.tensor1d([1]) }));
    tf.tidy(() => accumulator.add({ a: tf.tensor1d([2]) }));
    const { a } = accumulator.take();
    expect(Array.from(await a!.data())).toEqual([1.5]);
    a!.dispose();
  });

  it('refuses other shapes and taking nothing', () => {
    const accumulator = new GradientAccumulator();
    expect(() => accumulator.take()).toThrow('before any gradients were added');
    accumulator.add({ a: tf.tensor1d([1]) });
    expect(() => accumulator.add({ a: tf.tensor1d([1, 2]) })).toThrow("gradient of 'a' has shape [2], before it was [1]");
    accumulator.dispose();
  });
});
