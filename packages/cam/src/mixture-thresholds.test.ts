import { expect, test } from 'vitest';
import { fitTwoGaussians, mixtureThresholds } from './mixture-thresholds.js';

/** Two groups of deviation 0.05 around 0.2 and 0.8, so far apart that no value has a share in both. */
const groups = (lower: number, upper: number) => [
  ...Array.from({ length: lower }, () => [0.15, 0.25]).flat(),
  ...Array.from({ length: upper }, () => [0.75, 0.85]).flat(),
];

test('Two groups are found with their shares, means and deviations', () => {
  const [lower, upper] = fitTwoGaussians(groups(30, 10))!;
  expect(lower.weight).toBeCloseTo(0.75, 9);
  expect(upper.weight).toBeCloseTo(0.25, 9);
  expect([lower.mean, upper.mean].map(mean => mean.toFixed(9))).toEqual(['0.200000000', '0.800000000']);
  for (const { deviation } of [lower, upper]) expect(deviation).toBeCloseTo(0.05, 9);
});

test('Thresholds lie where the share of the upper group is what is asked for', () => {
  // With one deviation s the logarithm of the odds is linear: (m₂ − m₁) (x − middle) / s² + ln(w₂ / w₁).
  const { low, high } = mixtureThresholds(groups(10, 10), { certainty: 0.75 })!;
  const away = (0.05 ** 2 * Math.log(3)) / 0.6;
  expect(low).toBeCloseTo(0.5 - away, 5);
  expect(high).toBeCloseTo(0.5 + away, 5);
  const crossed = mixtureThresholds(groups(30, 10), { certainty: 0.5 })!;
  expect(crossed.low).toBeCloseTo(0.5 + away, 5);
  expect(crossed.high).toBe(crossed.low);
});

test('Groups that overlap are told apart as well as they can be', () => {
  // Quantiles of a triangle around 0.3 and of a narrower one around 0.6.
  const triangle = (mean: number, half: number) =>
    Array.from({ length: 400 }, (_, i) => {
      const q = (i + 0.5) / 400;
      return q < 0.5 ? mean - half + half * Math.sqrt(2 * q) : mean + half - half * Math.sqrt(2 * (1 - q));
    });
  const [lower, upper] = fitTwoGaussians([...triangle(0.6, 0.15), ...triangle(0.3, 0.2)])!;
  expect(lower.mean).toBeCloseTo(0.3, 1);
  expect(upper.mean).toBeCloseTo(0.6, 1);
  expect(lower.weight).toBeCloseTo(0.5, 1);
});

test('Counts say how often a value occurs', () => {
  const counted = fitTwoGaussians([0.1, 0.15, 0.25, 0.75, 0.85], [0, 30, 30, 10, 10]);
  const [lower, upper] = fitTwoGaussians(groups(30, 10))!;
  for (const [i, of] of [lower, upper].entries())
    for (const key of ['weight', 'mean', 'deviation'] as const) expect(counted![i]![key]).toBeCloseTo(of[key], 9);
});

test('Values that are one group give no thresholds', () => {
  expect(mixtureThresholds([])).toBeUndefined();
  expect(mixtureThresholds([0.4, 0.4, 0.4])).toBeUndefined();
});
