import './test/build.js';
import * as tf from '@tensorflow/tfjs-core';
import { startEngine } from '@wsss/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectNothingLeft, run, waveTensor } from './test/reference.js';

beforeAll(async () => {
  await startEngine({ engine: 'wasm', threads: 2 });
});

const shapes = [
  [1, 1],
  [3, 5],
  [2, 3, 7],
  [785, 64],
  [100, 385],
];

describe('softmax', () => {
  it.each(shapes)('of %j and its gradient agree with double precision', (...shape) => {
    const [x, dy] = [tf.mul(waveTensor(shape), 20), waveTensor(shape, 2)];
    const n = shape.at(-1)!;
    const [logits, given] = [x.dataSync(), dy.dataSync()];
    const [values, gradients] = [new Float64Array(x.size), new Float64Array(x.size)];
    for (let row = 0; row < x.size; row += n) {
      const largest = Math.max(...logits.subarray(row, row + n));
      let [sum, dot] = [0, 0];
      for (let i = row; i < row + n; i++) sum += values[i] = Math.exp(logits[i]! - largest);
      for (let i = row; i < row + n; i++) dot += (values[i]! /= sum) * given[i]!;
      for (let i = row; i < row + n; i++) gradients[i] = values[i]! * (given[i]! - dot);
    }
    expectClose(tf.softmax(x), values, 1e-6);
    expectClose(tf.grad(logits => tf.softmax(logits))(x, dy), gradients, 1e-6);
  });

  it('is exact where one logit is far above the others', () => {
    expect(Array.from(tf.softmax(tf.tensor1d([-1e9, 100, -1e30, 0, -1e9])).dataSync())).toEqual([0, 1, 0, 0, 0]);
  });

  it('leaves nothing behind', () => {
    const x = waveTensor([3, 5]);
    expectNothingLeft(() => tf.grad(logits => tf.sum(tf.square(tf.softmax(logits))))(x));
  });
});

describe('layer norm', () => {
  it.each(shapes)('of %j and its gradients agree with double precision', (...shape) => {
    const n = shape.at(-1)!;
    const epsilon = 1e-3;
    const [x, dy, scale, offset] = [tf.add(waveTensor(shape), 3), waveTensor(shape, 2), waveTensor([n], 3), waveTensor([n], 4)];
    const [input, given, gamma, beta] = [x, dy, scale, offset].map(t => t.dataSync()) as [
      tf.TypedArray,
      tf.TypedArray,
      tf.TypedArray,
      tf.TypedArray,
    ];
    const [values, dx] = [new Float64Array(x.size), new Float64Array(x.size)];
    const [dScale, dOffset] = [new Float64Array(n), new Float64Array(n)];
    for (let row = 0; row < x.size; row += n) {
      let [mean, variance, g, gz] = [0, 0, 0, 0];
      for (let i = 0; i < n; i++) mean += input[row + i]! / n;
      for (let i = 0; i < n; i++) variance += (input[row + i]! - mean) ** 2 / n;
      const inverse = 1 / Math.sqrt(variance + epsilon);
      const z = Array.from({ length: n }, (_, i) => (input[row + i]! - mean) * inverse);
      for (let i = 0; i < n; i++) {
        values[row + i] = z[i]! * gamma[i]! + beta[i]!;
        dScale[i]! += given[row + i]! * z[i]!;
        dOffset[i]! += given[row + i]!;
        g += (given[row + i]! * gamma[i]!) / n;
        gz += (given[row + i]! * gamma[i]! * z[i]!) / n;
      }
      for (let i = 0; i < n; i++) dx[row + i] = (given[row + i]! * gamma[i]! - g - z[i]! * gz) * inverse;
    }
    expectClose(run('WsssLayerNorm', { x, scale, offset }, { epsilon })[0]!, values);
    const expected = [dx, dScale, dOffset];
    run('WsssLayerNormGrad', { x, scale, dy }, { epsilon }).forEach((found, i) => {
      expectClose(found, expected[i]!);
    });
  });

  it('leaves nothing behind', () => {
    const [x, scale, offset] = [waveTensor([30, 50]), tf.ones([50]), tf.zeros([50])];
    expectNothingLeft(() => run('WsssLayerNorm', { x, scale, offset }, { epsilon: 1e-6 }));
    expectNothingLeft(() => run('WsssLayerNormGrad', { x, scale, dy: x }, { epsilon: 1e-6 }));
  });
});
