import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { layerNorm } from './layer-norm.js';
import { expectGradientsToMatchDifferences } from './test/gradient-check.js';

it('brings a row to mean 0 and variance 1, then scales and shifts', () => {
  const y = layerNorm(tf.tensor2d([[1, 3]]), tf.tensor1d([2, 2]), tf.tensor1d([0, 1]), 0);
  expect([...y.dataSync()]).toEqual([-2, 3]);
});

it('stays finite for a constant row', () => {
  expect([...layerNorm(tf.tensor2d([[5, 5]]), tf.ones([2]), tf.zeros([2])).dataSync()]).toEqual([0, 0]);
});

it('has the gradients that differences show', () => {
  const x = tf.tensor3d([0.1, 0.9, -0.4, 0.6, -1.2, 0.3, 0.8, -0.5, 0.2, 1.1, -0.7, 0.4], [2, 2, 3]);
  expectGradientsToMatchDifferences(
    (...[input, scale, offset]) => layerNorm(input!, scale!, offset!),
    [x, tf.tensor1d([1.1, 0.7, -0.5]), tf.tensor1d([0, 0.2, 0.4])],
  );
});

it('leaves no tensors behind', () => {
  const [x, scale, offset] = [tf.ones([2, 3]), tf.ones([3]), tf.zeros([3])];
  const before = tf.memory().numTensors;
  tf.dispose(tf.grads((...[a, b, c]) => tf.sum(layerNorm(a!, b!, c!)))([x, scale, offset]));
  expect(tf.memory().numTensors).toBe(before);
});

it('names the argument that does not fit', () => {
  expect(() => layerNorm(tf.ones([2, 3]), tf.ones([2]), tf.zeros([3]))).toThrow(/scale has shape \[2\], expected \[3\]/);
});
