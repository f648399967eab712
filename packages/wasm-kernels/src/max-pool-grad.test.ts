import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await startEngine({ engine: 'wasm' });
});

const gradient = (values: number[], size: number, stride: number, pad: 'same' | 'valid') =>
  Array.from(
    tf
      .grad(x => tf.maxPool(x as tf.Tensor4D, size, stride, pad))(tf.tensor4d(values, [1, 2, 2, 1]))
      .dataSync(),
  );

it('gives the gradient to the largest value, also where all are negative or 0', () => {
  expect(gradient([1, 2, 4, 3], 2, 2, 'valid')).toEqual([0, 0, 1, 0]);
  expect(gradient([-1, -2, -4, -3], 2, 2, 'valid')).toEqual([1, 0, 0, 0]);
  expect(gradient([0, 0, 0, 0], 2, 2, 'valid')).toEqual([1, 0, 0, 0]);
});

it('adds up what overlapping windows give', () => {
  expect(gradient([-1, -2, -3, -4], 2, 1, 'same')).toEqual([1, 1, 1, 1]);
  expect(gradient([-4, -3, -2, -1], 2, 1, 'same')).toEqual([0, 0, 0, 4]);
});
