import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, expect, it } from 'vitest';
import { expectClose, expectNothingLeft, run, wave } from './test/reference.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm', threads: 2 });
});

const attrs = { index: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };
const inputsOf = (size: number) => ({
  parameter: tf.tensor1d(wave(size, 1)),
  gradient: tf.tensor1d(wave(size, 2)),
  mean: tf.tensor1d(wave(size, 3)),
  square: tf.tensor1d(wave(size, 4).map(Math.abs)),
  rates: tf.tensor1d([9, 0.002, 9]),
  biasCorrection1: tf.tensor1d([9, 1 - 0.9 ** 3, 9]),
  biasCorrection2: tf.tensor1d([9, 1 - 0.999 ** 3, 9]),
});

it.each([1, 5, 40_003])('updates %i values as the formula says', size => {
  const inputs = inputsOf(size);
  const { parameter, gradient, mean, square } = inputs;
  const [p, g, m, v] = [parameter, gradient, mean, square].map(x => x.dataSync()) as [
    tf.TypedArray,
    tf.TypedArray,
    tf.TypedArray,
    tf.TypedArray,
  ];
  const newMean = Float64Array.from(m, (old, i) => 0.9 * old + 0.1 * g[i]!);
  const newSquare = Float64Array.from(v, (old, i) => 0.999 * old + 0.001 * g[i]! ** 2);
  const updated = Float64Array.from(p, (old, i) => {
    const step = newMean[i]! / (1 - 0.9 ** 3) / (Math.sqrt(newSquare[i]! / (1 - 0.999 ** 3)) + 1e-8);
    return old * (1 - 0.002 * 0.01) - 0.002 * step;
  });
  const [parameterFound, meanFound, squareFound] = run('WsssAdamW', inputs, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];
  expectClose(parameterFound, updated, 1e-6);
  expectClose(meanFound, newMean, 1e-6);
  expectClose(squareFound, newSquare, 1e-6);
  expect(parameterFound.shape).toEqual([size]);
});

it('leaves nothing behind', () => {
  const inputs = inputsOf(10);
  expectNothingLeft(() => run('WsssAdamW', inputs, attrs));
});

it('names what does not fit', () => {
  expect(() => run('WsssAdamW', { ...inputsOf(3), gradient: tf.ones([4]) }, attrs)).toThrow('parameter [3], gradient [4]');
});
