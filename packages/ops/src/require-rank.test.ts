import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { requireRank } from './require-rank.js';

it('lets pass what has the rank, and names what has not', () => {
  const x: tf.Tensor = tf.zeros([2, 3]);
  requireRank(x, 2, 'test: x');
  const columns: number = (x satisfies tf.Tensor2D).shape[1];
  expect(columns).toBe(3);
  expect(() => requireRank(x, 4, 'test: x')).toThrow('test: x has shape [2,3], expected 4 axes');
});
