import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { patchGrid, patchify } from './patch-embedding.js';

const count = (shape: [number, number, number, number]) => tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape) as tf.Tensor4D;

it('cuts row by row, each patch in (row, column, channel) order', () => {
  expect(patchify(count([1, 4, 4, 1]), 2).arraySync()).toEqual([
    [0, 1, 4, 5],
    [2, 3, 6, 7],
    [8, 9, 12, 13],
    [10, 11, 14, 15],
  ]);
  expect(patchify(count([2, 1, 2, 3]), 1).arraySync()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
    [9, 10, 11],
  ]);
});

it('leaves out what fills no patch at the right and lower edge', () => {
  const images = count([2, 5, 7, 3]);
  expect(patchGrid(images, 2)).toEqual([2, 3]);
  const cropped = tf.slice(images, [0, 0, 0, 0], [2, 4, 6, 3]);
  expect(patchify(images, 2).arraySync()).toEqual(patchify(cropped, 2).arraySync());
  expect(patchify(images, 5).shape).toEqual([2, 75]);
});

it('embeds as a convolution with stride P does', () => {
  const images = tf.sin(count([2, 7, 6, 3])) as tf.Tensor4D;
  const filter = tf.cos(count([3, 3, 3, 4])) as tf.Tensor4D;
  const convolved = tf.conv2d(images, filter, 3, 'valid').dataSync();
  const embedded = tf.matMul(patchify(images, 3), tf.reshape(filter, [27, 4])).dataSync();
  expect(embedded.length).toBe(convolved.length);
  embedded.forEach((value, i) => {
    expect(value).toBeCloseTo(convolved[i]!, 4);
  });
});

it('leaves one tensor behind', () => {
  const images = count([1, 5, 5, 3]);
  const before = tf.memory().numTensors;
  patchify(images, 2).dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses images smaller than a patch', () => {
  expect(() => patchify(count([1, 8, 3, 3]), 4)).toThrow(/images of shape \[1,8,3,3\] are smaller than a patch of 4×4 pixels/);
});
