import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { interpolate, interpolationWeights } from './interpolate.js';
import { expectGradientsToMatchDifferences } from './test/gradient-check.js';

const row = (values: number[]) => tf.tensor4d(values, [1, 1, values.length, 1]);

it('follows half-pixel centers, clamped at the edge', () => {
  expect([...interpolate(row([0, 4]), [1, 4], { mode: 'bilinear' }).dataSync()]).toEqual([0, 1, 3, 4]);
  expect([...interpolate(row([0, 2, 4, 6]), [1, 2], { mode: 'bilinear' }).dataSync()]).toEqual([1, 5]);
  expect(
    [...interpolate(row([0, 3]), [1, 4], { mode: 'bilinear', alignCorners: true }).dataSync()].map(v => Math.round(v * 1e5) / 1e5),
  ).toEqual([0, 1, 2, 3]);
  expect([...interpolate(row([1, 2, 3, 4, 5]), [1, 3], { mode: 'nearest' }).dataSync()]).toEqual([1, 2, 4]);
});

it('weighs with rows that sum to one, in every mode and size', () => {
  for (const mode of ['nearest', 'bilinear', 'bicubic'] as const)
    for (const [from, to] of [
      [14, 28],
      [28, 7],
      [1, 5],
      [9, 4],
    ] as const) {
      const weights = interpolationWeights(from, to, { mode });
      for (let i = 0; i < to; i++) expect(weights.subarray(i * from, (i + 1) * from).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
    }
});

it('resizes both axes and every channel on its own', () => {
  const x = tf.tensor4d(
    Float32Array.from({ length: 2 * 3 * 4 * 2 }, (_, i) => Math.sin(i)),
    [2, 3, 4, 2],
  );
  const y = interpolate(x, [5, 6], { mode: 'bicubic' });
  expect(y.shape).toEqual([2, 5, 6, 2]);
  const alone = interpolate(tf.slice(x, [1, 0, 0, 1], [1, 3, 4, 1]), [5, 6], { mode: 'bicubic' }).dataSync();
  tf.slice(y, [1, 0, 0, 1], [1, 5, 6, 1])
    .dataSync()
    .forEach((value, i) => {
      expect(value).toBeCloseTo(alone[i]!, 5);
    });
});

it('has the adjoint as its gradient', () => {
  const x = tf.tensor4d(
    Float32Array.from({ length: 2 * 3 * 2 }, (_, i) => Math.sin(i)),
    [2, 3, 2, 1],
  );
  for (const mode of ['bilinear', 'bicubic', 'nearest'] as const)
    expectGradientsToMatchDifferences(v => interpolate(v as tf.Tensor4D, [5, 3], { mode }), [x]);
});

it('refuses sizes that are none', () => {
  expect(() => interpolate(row([1]), [0, 1], { mode: 'nearest' })).toThrow(/two positive integers, got \[0,1\]/);
});

it('leaves one tensor behind, and gradients leave nothing more', () => {
  const x = tf.ones([2, 3, 4, 2]) as tf.Tensor4D;
  const before = tf.memory().numTensors;
  for (const size of [
    [3, 4],
    [5, 6],
  ] as const)
    interpolate(x, size, { mode: 'bicubic' }).dispose();
  tf.grad(v => tf.sum(interpolate(v as tf.Tensor4D, [5, 6], { mode: 'bilinear' })))(x).dispose();
  expect(tf.memory().numTensors).toBe(before);
});
