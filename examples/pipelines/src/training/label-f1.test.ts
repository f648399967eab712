import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { guessedF1, labelF1 } from './label-f1.js';

it('is the mean over images of 2·both / (said + there)', () => {
  const logits = tf.tensor2d([
    [1, 1, -1], // said 0 and 1, there is 0: 2/3
    [-1, -2, -3], // said nothing: 0
    [-1, 5, 2], // both right: 1
  ]);
  const labels = tf.tensor2d([
    [1, 0, 0],
    [0, 1, 0],
    [0, 1, 1],
  ]);
  expect(labelF1(logits, labels).dataSync()[0]).toBeCloseTo((2 / 3 + 0 + 1) / 3, 6);
});

it('knows what the most frequent classes give whoever does not look', () => {
  // Class 1 in three of four images: saying it alone gives 3/4; saying 0 and 1 gives (2/3 + 2/3 + 1 + 2/3) / 4.
  const labels = [
    [0, 1, 0],
    [0, 1, 0],
    [1, 1, 0],
    [1, 0, 0],
  ];
  expect(guessedF1(labels.slice(0, 2))).toBe(1);
  expect(guessedF1(labels)).toBeCloseTo(Math.max((1 + 1 + 2 / 3 + 0) / 4, (2 / 3 + 2 / 3 + 1 + 2 / 3) / 4), 12);
  expect(guessedF1([])).toBe(0);
});
