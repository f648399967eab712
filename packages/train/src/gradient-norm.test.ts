import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clipGradients, gradientNorm } from './gradient-norm.js';

const gradients = () => ({ a: tf.tensor1d([3, 0]), b: tf.tensor2d([[0, -4]]) });

describe('gradientNorm', () => {
  it('is the length of all values together', () => {
    expect(gradientNorm(gradients()).dataSync()[0]).toBeCloseTo(5, 6);
  });

  it('shows a single NaN or infinity', () => {
    expect(gradientNorm({ ...gradients(), c: tf.scalar(Number.NaN) }).dataSync()[0]).toBeNaN();
    expect(gradientNorm({ ...gradients(), c: tf.scalar(Number.NEGATIVE_INFINITY) }).dataSync()[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it('needs gradients', () => {
    expect(() => gradientNorm({})).toThrow('there are no gradients');
  });
});

describe('clipGradients', () => {
  it('scales down what is too long and leaves the rest', () => {
    const given = gradients();
    const norm = gradientNorm(given);
    const before = tf.memory().numTensors;
    const clipped = clipGradients(given, norm, 1);
    expect(tf.memory().numTensors).toBe(before + 2);
    expect(clipped.a!.dataSync()[0]).toBeCloseTo(0.6, 5);
    expect(clipped.b!.dataSync()[1]).toBeCloseTo(-0.8, 5);
    expect([...clipGradients(given, norm, 10).b!.dataSync()]).toEqual([0, -4]);
  });

  it('refuses limits that let nothing through', () => {
    const given = gradients();
    expect(() => clipGradients(given, gradientNorm(given), 0)).toThrow('the limit is 0, expected a number above 0');
  });
});
