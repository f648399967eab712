import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { positionalEmbedding } from './positional-embedding.js';

it('is what was learned on the grid that it was learned on', () => {
  const embedding = tf.reshape(tf.range(0, 10), [1, 5, 2]);
  const { cls, patches } = positionalEmbedding(embedding, [2, 2]);
  expect(cls.arraySync()).toEqual([[[0, 1]]]);
  expect(patches.arraySync()).toEqual([
    [
      [2, 3],
      [4, 5],
      [6, 7],
      [8, 9],
    ],
  ]);
});

it('repeats the only position of a 1×1 grid', () => {
  const { cls, patches } = positionalEmbedding(tf.tensor3d([9, 4], [1, 2, 1]), [2, 3]);
  expect([...cls.dataSync()]).toEqual([9]);
  expect(patches.shape).toEqual([1, 6, 1]);
  for (const value of patches.dataSync()) expect(value).toBeCloseTo(4, 5);
});

it('resizes rows and columns in bicubic steps, a row of the grid after the other', () => {
  // Rows 0 and 1, columns 0 and 10: along each axis the bicubic weights of 2 → 4 are (w, 1 − w), clamped at the edge.
  const { patches } = positionalEmbedding(tf.tensor3d([0, 0, 10, 1, 11], [1, 5, 1]), [4, 4]);
  const weight = (position: number) => {
    const cubic = (t: number) => (t <= 1 ? (1.25 * t - 2.25) * t * t + 1 : -0.75 * t ** 3 + 3.75 * t ** 2 - 6 * t + 3);
    const left = Math.floor(position);
    let sum = 0; // of the taps that read sample 1
    for (let tap = left - 1; tap <= left + 2; tap++) if (tap >= 1) sum += cubic(Math.abs(position - tap));
    return sum;
  };
  const along = [0, 1, 2, 3].map(i => weight((i + 0.5) / 2 - 0.5));
  const expected = along.flatMap(row => along.map(column => row + 10 * column));
  patches.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 4);
  });
});

it('is not trained', () => {
  const gradient = tf.grad(x => {
    const { cls, patches } = positionalEmbedding(x, [3, 2]);
    return tf.sum(tf.add(tf.mul(tf.sum(cls), tf.sum(patches)), tf.sum(x)));
  })(tf.ones([1, 5, 2]));
  expect([...gradient.dataSync()]).toEqual(Array(10).fill(1)); // of Σ x alone
});

it('leaves its two results behind', () => {
  const embedding = tf.ones([1, 5, 2]);
  const before = tf.memory().numTensors;
  for (const grid of [
    [2, 2],
    [3, 4],
  ] as const) {
    tf.dispose(positionalEmbedding(embedding, grid));
    expect(tf.memory().numTensors).toBe(before);
  }
});

it('refuses an embedding of no square grid, such as one with a distillation token', () => {
  expect(() => positionalEmbedding(tf.ones([1, 6, 2]), [2, 2])).toThrow(/\[1,6,2\].*\[1, 1 \+ g·g, D\]/);
  expect(() => positionalEmbedding(tf.ones([5, 2]), [2, 2])).toThrow(/\[5,2\]/);
});
