import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { conv2d } from './conv2d.js';
import { expectGradientsToMatchDifferences } from './test/gradient-check.js';

it('sums the dilated neighbors', () => {
  const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
  const ones = tf.ones([2, 2, 1, 1]) as tf.Tensor4D;
  expect([...conv2d(x, ones, { dilation: 2 }).dataSync()]).toEqual([1 + 3 + 7 + 9]);
  expect(conv2d(x, ones, { dilation: 2, padding: 1 }).arraySync()).toEqual([
    [
      [[5], [10], [5]],
      [[10], [20], [10]],
      [[5], [10], [5]],
    ],
  ]);
  expect([...conv2d(x, tf.tensor4d([10], [1, 1, 1, 1]), { bias: tf.tensor1d([1]) }).dataSync()]).toEqual([
    11, 21, 31, 41, 51, 61, 71, 81, 91,
  ]);
});

it('has the gradients that differences show', () => {
  const x = tf.tensor4d(
    Float32Array.from({ length: 2 * 3 * 3 * 2 }, (_, i) => Math.sin(i)),
    [2, 3, 3, 2],
  );
  const filter = tf.tensor4d(
    Float32Array.from({ length: 3 * 3 * 2 * 2 }, (_, i) => Math.cos(i)),
    [3, 3, 2, 2],
  );
  expectGradientsToMatchDifferences((...[a, b]) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { padding: 2, dilation: 2 }), [x, filter]);
});

it('names what does not fit', () => {
  const x = tf.zeros([1, 3, 3, 2]) as tf.Tensor4D;
  expect(() => conv2d(x, tf.zeros([3, 3, 1, 4]))).toThrow(/2 channels, filter .* expects 1/);
  expect(() => conv2d(x, tf.zeros([3, 3, 2, 4]), { dilation: 2 })).toThrow(/does not fit into x/);
});

it('leaves one tensor behind, and gradients leave nothing more', () => {
  const [x, filter, bias] = [tf.ones([1, 4, 4, 2]) as tf.Tensor4D, tf.ones([3, 3, 2, 5]) as tf.Tensor4D, tf.ones([5]) as tf.Tensor1D];
  const before = tf.memory().numTensors;
  conv2d(x, filter, { bias, padding: 2, dilation: 2 }).dispose();
  tf.dispose(tf.grads((...[a, b]) => tf.sum(conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { padding: 1 })))([x, filter]));
  expect(tf.memory().numTensors).toBe(before);
});
