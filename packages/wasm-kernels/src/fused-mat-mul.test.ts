import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, expect, it } from 'vitest';

beforeAll(async () => {
  await startEngine({ engine: 'wasm' });
});

const a = () => tf.tensor2d([[1, -2]]);
const b = () =>
  tf.tensor2d([
    [3, 4],
    [5, 6],
  ]);

it('adds the bias and applies the activation', () => {
  expect(tf.fused.matMul({ a: a(), b: b() }).arraySync()).toEqual([[-7, -8]]);
  expect(tf.fused.matMul({ a: a(), b: b(), transposeB: true, bias: tf.tensor1d([6, 6]) }).arraySync()).toEqual([[1, -1]]);
  expect(tf.fused.matMul({ a: a(), b: b(), transposeB: true, bias: tf.tensor1d([6, 6]), activation: 'relu' }).arraySync()).toEqual([
    [1, 0],
  ]);
});

it('leaves nothing behind', () => {
  const [x, w, bias] = [a(), b(), tf.tensor1d([1, 2])];
  const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
  tf.fused.matMul({ a: x, b: w, transposeB: true, bias, activation: 'relu6' }).dispose();
  expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
});
