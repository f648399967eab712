import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { labelF1 } from './label-f1.js';

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
