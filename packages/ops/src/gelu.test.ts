import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { gelu } from './gelu.js';
import { expectGradientsToMatchDifferences } from './test/gradient-check.js';

it('is x times the normal distribution function', () => {
  const y = gelu(tf.tensor1d([0, 1, -1, 10, -10])).dataSync();
  [0, 0.8413447, -0.1586553, 10, 0].forEach((expected, i) => {
    expect(y[i]).toBeCloseTo(expected, 5);
  });
});

it('has the gradient that differences show', () => {
  expectGradientsToMatchDifferences(x => gelu(x!), [tf.tensor1d([-3, -1, -0.2, 0, 0.3, 2])]);
});

it('leaves one tensor behind, and none after a gradient but that', () => {
  const x = tf.tensor1d([1, 2]);
  const before = tf.memory().numTensors;
  gelu(x).dispose();
  tf.grad(v => tf.sum(gelu(v)))(x).dispose();
  expect(tf.memory().numTensors).toBe(before);
});
