import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await startEngine({ engine: 'wasm' });
});

it('everything but 0 is true', () => {
  expect(Array.from(tf.cast(tf.tensor1d([0, 0.5, -1, 256]), 'bool').dataSync())).toEqual([0, 1, 1, 1]);
  expect(Array.from(tf.cast(tf.tensor1d([0, 256, -1], 'int32'), 'bool').dataSync())).toEqual([0, 1, 1]);
});

it('other types are converted as ever', () => {
  expect(Array.from(tf.cast(tf.tensor1d([1.7, -1.7]), 'int32').dataSync())).toEqual([1, -1]);
  expect(Array.from(tf.cast(tf.tensor1d([1, 0], 'bool'), 'float32').dataSync())).toEqual([1, 0]);
});
