import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await startEngine({ engine: 'wasm' });
});

const image = () => tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
const filter = () => tf.tensor4d([1, 10, 100, 1000], [2, 2, 1, 1]);

it('the gradient for the filter is the sum of the pixels that each weight meets', () => {
  const dw = tf.grad(w => tf.conv2d(image(), w as tf.Tensor4D, 1, 'valid'))(filter());
  expect(Array.from(dw.dataSync())).toEqual([1 + 2 + 4 + 5, 2 + 3 + 5 + 6, 4 + 5 + 7 + 8, 5 + 6 + 8 + 9]);
});

it('the gradient for the image is the sum of the weights that each pixel meets', () => {
  const dx = tf.grad(x => tf.conv2d(x as tf.Tensor4D, filter(), 1, 'valid'))(image());
  expect(Array.from(dx.dataSync())).toEqual([1, 11, 10, 101, 1111, 1010, 100, 1100, 1000]);
});

it('strides leave pixels out', () => {
  const dx = tf.grad(x => tf.conv2d(x as tf.Tensor4D, filter(), 2, 'valid'))(image());
  expect(Array.from(dx.dataSync())).toEqual([1, 10, 0, 100, 1000, 0, 0, 0, 0]);
});

it('leave nothing behind', () => {
  const [x, w] = [image(), filter()];
  const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  tf.dispose(tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'))([x, w]));
  expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
});
