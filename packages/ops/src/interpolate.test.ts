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

it('averages over what a smaller pixel covers, with antialiasing', () => {
  // Half the size: the kernel is twice as wide. 0.5 pixels from the center of two, its values at ±1/4, ±3/4, …: 0.8672, 0.2266, … of a
  // = −1/2
  const at = (t: number) => (t <= 1 ? (1.5 * t - 2.5) * t * t + 1 : ((-0.5 * t + 2.5) * t - 4) * t + 2);
  const taps = [1.75, 1.25, 0.75, 0.25, 0.25, 0.75, 1.25, 1.75].map(at);
  const weights = interpolationWeights(16, 8, { mode: 'bicubic', antialias: true }).subarray(3 * 16, 4 * 16);
  const total = taps.reduce((a, b) => a + b);
  weights.forEach((weight, i) => {
    expect(weight, `${i}`).toBeCloseTo(i < 3 || i > 10 ? 0 : taps[i - 3]! / total, 6);
  });
  const larger = interpolate(row([1, 1, 1]), [1, 7], { mode: 'bicubic', antialias: true }).dataSync();
  for (const value of larger) expect(value).toBeCloseTo(1, 6);
});

it('computes places as if the result were larger, where it is told to', () => {
  // 4 → 8 with an excess of 1: the first place is 0.5 · 4/9 − 0.5 = −0.2778
  const t = 0.5 - 2 / 9;
  const cubic = (d: number) => (d <= 1 ? (1.25 * d - 2.25) * d * d + 1 : ((-0.75 * d + 3.75) * d - 6) * d + 3);
  const first = interpolationWeights(4, 8, { mode: 'bicubic', excess: 1 }).subarray(0, 4);
  expect(first[1]).toBeCloseTo(cubic(1 + t), 5);
  expect(first[0]).toBeCloseTo(1 - cubic(1 + t), 5);
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
