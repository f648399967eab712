import { expect, test } from 'vitest';
import { fallingThreshold } from './falling-threshold.js';

test('A threshold falls along half a cosine', () => {
  const at = [0, 0.25, 0.5, 0.75, 1].map(progress => fallingThreshold(0.7, 0.55, progress));
  // 0.625 ± 0.075 · cos(π · progress), by hand.
  const expected = [0.7, 0.625 + 0.075 * Math.SQRT1_2, 0.625, 0.625 - 0.075 * Math.SQRT1_2, 0.55];
  for (const [i, value] of at.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
});

test('Progress outside a run is refused', () => {
  expect(() => fallingThreshold(0.7, 0.55, 1.01)).toThrow('progress must lie in [0, 1], got 1.01');
  expect(() => fallingThreshold(0.7, 0.55, Number.NaN)).toThrow('got NaN');
});
