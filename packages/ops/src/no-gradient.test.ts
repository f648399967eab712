import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { customGradient } from './custom-gradient.js';
import { linear } from './linear.js';
import { detach, noGradient } from './no-gradient.js';
import { normalize } from './normalize.js';
import { recompute } from './recompute.js';
import { expectGradientsToMatchDifferences } from './test/gradient-check.js';

it('stops gradients at a detached tensor', () => {
  const x = tf.tensor1d([3]);
  expect([
    ...tf
      .grad(v => tf.sum(tf.mul(v, detach(v))))(x)
      .dataSync(),
  ]).toEqual([3]); // not 2·3
  expect([
    ...tf
      .grad(v =>
        tf.sum(
          tf.mul(
            v,
            noGradient(() => tf.square(v)),
          ),
        ),
      )(x)
      .dataSync(),
  ]).toEqual([9]);
  expect(() =>
    noGradient(() => {
      throw new Error('inside');
    }),
  ).toThrow('inside');
  expect([
    ...tf
      .grad(v => tf.sum(tf.square(v)))(x)
      .dataSync(),
  ]).toEqual([6]); // recording goes on after the error
});

it('recomputes to the same gradients without keeping what is inside', () => {
  const fn = (x: tf.Tensor, w: tf.Tensor) => tf.tanh(tf.mul(tf.exp(x), w));
  const [x, w] = [tf.tensor1d([0.1, -0.4]), tf.tensor1d([0.7, 0.2])];
  const plain = tf
    .grads((a, b) => tf.sum(tf.square(fn(a, b))))([x, w])
    .map(g => [...g.dataSync()]);
  const again = tf
    .grads((a, b) => tf.sum(tf.square(recompute((...[c, d]) => fn(c!, d!), [a, b]))))([x, w])
    .map(g => [...g.dataSync()]);
  expect(again).toEqual(plain);
  const before = tf.memory().numTensors;
  tf.dispose(tf.grads((a, b) => tf.sum(recompute((...[c, d]) => fn(c!, d!), [a, b])))([x, w]));
  expect(tf.memory().numTensors).toBe(before);
});

it('uses the gradient it is given', () => {
  const twice = customGradient(
    x => x!.clone(),
    dy => [tf.mul(dy, 2)],
  );
  expect([
    ...tf
      .grad(v => tf.sum(twice(v)))(tf.tensor1d([1]))
      .dataSync(),
  ]).toEqual([2]);
});

it('maps the last axis linearly', () => {
  expect(linear(tf.tensor3d([1, 2, 3, 4], [2, 1, 2]), tf.tensor2d([[1], [10]]), tf.tensor1d([0.5])).arraySync()).toEqual([
    [[21.5]],
    [[43.5]],
  ]);
  expect(() => linear(tf.zeros([2, 3]), tf.zeros([2, 3]))).toThrow(/does not fit weight/);
});

it('normalizes to length one, and zero to zero', () => {
  expect(
    normalize(
      tf.tensor2d([
        [3, 4],
        [0, 0],
      ]),
    )
      .arraySync()[0]!
      .map(v => Math.round(v * 1e6) / 1e6),
  ).toEqual([0.6, 0.8]);
  expect([...normalize(tf.zeros([1, 2])).dataSync()]).toEqual([0, 0]);
  expectGradientsToMatchDifferences(x => normalize(x!), [tf.tensor2d([[0.3, -0.8, 0.5]])]);
});

it('leaves one tensor behind each', () => {
  const [x, weight, bias] = [tf.ones([2, 3]), tf.ones([3, 4]), tf.ones([4])];
  const before = tf.memory().numTensors;
  tf.dispose([detach(x), linear(x, weight, bias), normalize(x), noGradient(() => tf.square(tf.exp(x)))]);
  tf.dispose(tf.grads((...[a, b]) => tf.sum(normalize(linear(a!, b!, bias))))([x, weight]));
  expect(tf.memory().numTensors).toBe(before);
});
