import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { attention } from './attention.js';
import { expectGradientsToMatchDifferences } from './test/gradient-check.js';

const wave = (shape: [number, number, number, number], phase: number) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(phase + 1.7 * i)),
    shape,
  ) as tf.Tensor4D;

it('averages the values of equally good keys', () => {
  const q = tf.zeros([1, 1, 1, 2]) as tf.Tensor4D;
  const v = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
  expect([...attention(q, tf.ones([1, 1, 2, 2]) as tf.Tensor4D, v).dataSync()]).toEqual([2, 3]);
});

it('gives a hidden key no weight at all, and its values no gradient', () => {
  const [q, k, v] = [wave([1, 2, 3, 4], 0), wave([1, 2, 3, 4], 1), wave([1, 2, 3, 4], 2)];
  const hidden = tf.tensor2d([[0, 1, 0]]);
  const keep = (x: tf.Tensor4D) => tf.gather(x, [0, 2], 2) as tf.Tensor4D;
  const masked = attention(q, k, v, hidden).dataSync();
  attention(q, keep(k), keep(v))
    .dataSync()
    .forEach((value, i) => {
      expect(masked[i]).toBeCloseTo(value, 6);
    });
  const dv = tf.grad(x => tf.sum(attention(q, k, x as tf.Tensor4D, hidden)))(v);
  expect(Math.max(...tf.slice(dv, [0, 0, 1, 0], [1, 2, 1, 4]).dataSync().map(Math.abs))).toBe(0);
});

it('has the gradients that differences show, with and without hidden keys', () => {
  const inputs = [wave([2, 2, 2, 3], 0), wave([2, 2, 4, 3], 1), wave([2, 2, 4, 3], 2)];
  const hidden = tf.tensor2d([
    [0, 1, 0, 0],
    [1, 0, 0, 1],
  ]);
  for (const mask of [undefined, hidden])
    expectGradientsToMatchDifferences((...[q, k, v]) => attention(q as tf.Tensor4D, k as tf.Tensor4D, v as tf.Tensor4D, mask), inputs);
});

it('names what does not fit', () => {
  const x = wave([1, 2, 3, 4], 0);
  expect(() => attention(x, wave([1, 2, 3, 5], 0), x)).toThrow(/must share batch, heads and size/);
  expect(() => attention(x, x, x, tf.zeros([1, 2]))).toThrow(/hidden has shape \[1,2\], expected \[1, 3\]/);
});

it('leaves one tensor behind, and gradients leave nothing more', () => {
  const [q, k, v, hidden] = [wave([1, 2, 3, 4], 0), wave([1, 2, 3, 4], 1), wave([1, 2, 3, 4], 2), tf.tensor2d([[0, 1, 0]])];
  const before = tf.memory().numTensors;
  attention(q, k, v, hidden).dispose();
  tf.dispose(tf.grads((...[a, b, c]) => tf.sum(attention(a as tf.Tensor4D, b as tf.Tensor4D, c as tf.Tensor4D, hidden)))([q, k, v]));
  expect(tf.memory().numTensors).toBe(before);
});
