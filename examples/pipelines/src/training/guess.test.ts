import { expect, it } from 'vitest';
import { guessedF1, guessedLoss, guessOf } from './guess.js';

// Class 1 in three of four images, class 0 in two, class 2 in none.
const labels = [
  [0, 1, 0],
  [0, 1, 0],
  [1, 1, 0],
  [1, 0, 0],
];

it('knows what the most frequent classes give whoever does not look', () => {
  expect(guessedF1(labels.slice(0, 2))).toBe(1);
  // Saying class 1 alone gives (1 + 1 + 2/3 + 0) / 4; saying 0 and 1 gives (2/3 + 2/3 + 1 + 2/3) / 4.
  expect(guessedF1(labels)).toBeCloseTo(Math.max((1 + 1 + 2 / 3 + 0) / 4, (2 / 3 + 2 / 3 + 1 + 2 / 3) / 4), 12);
  expect(guessedF1([])).toBe(0);
});

it('knows the loss of the shares of the classes', () => {
  const entropy = (share: number) => -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  expect(guessedLoss(labels)).toBeCloseTo((entropy(1 / 2) + entropy(3 / 4)) / 3, 12);
  expect(guessedLoss(labels.slice(0, 2))).toBe(0);
});

it('is made from the labels that can be read', async () => {
  const of = (readable: boolean) => async (index: number) => {
    if (index === 1 || !readable) throw new Error('damaged');
    return Float32Array.of(1, 0);
  };
  expect(await guessOf({ length: 3, labels: of(true) } as never)).toEqual({ f1: 1, loss: 0 });
  expect(await guessOf({ length: 3, labels: of(false) } as never)).toEqual({ f1: Number.NaN, loss: Number.NaN });
});
