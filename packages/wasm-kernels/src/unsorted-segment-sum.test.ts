import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await startEngine({ engine: 'wasm' });
});

it('adds rows by segment and leaves out ids that are no segment', () => {
  const x = tf.tensor2d([
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ]);
  expect(tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, -1], 'int32'), 3).arraySync()).toEqual([
    [3, 4],
    [0, 0],
    [6, 8],
  ]);
});

it('keeps integers integers', () => {
  const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([1, 1, 0], 'int32'), 2);
  expect(sums.dtype).toBe('int32');
  expect(sums.arraySync()).toEqual([3, 3]);
});

it('is the gradient of gather', () => {
  const gradient = tf.grad(x => tf.gather(x, tf.tensor1d([1, 1, 0], 'int32')))(tf.tensor1d([5, 6, 7]));
  expect(gradient.arraySync()).toEqual([1, 2, 0]);
});
