import * as tf from '@tensorflow/tfjs-core';
import { readCase } from '@wsss/fixtures';
import { describe, expect, it } from 'vitest';
import { multilabelSoftMarginLoss } from './multilabel-soft-margin.js';

async function valueAndGradient(logits: tf.Tensor2D, labels: tf.Tensor2D, positiveWeight?: number) {
  const { value, grads } = tf.valueAndGrads((x: tf.Tensor) => multilabelSoftMarginLoss(x as tf.Tensor2D, labels, positiveWeight))([logits]);
  const result = { value: (await value.data())[0]!, gradient: Array.from(await grads[0]!.data()) };
  tf.dispose([value, grads]);
  return result;
}

describe('multilabelSoftMarginLoss', () => {
  it('agrees with a sum by hand', async () => {
    const { value, gradient } = await valueAndGradient(tf.tensor2d([[0, 4]]), tf.tensor2d([[1, 0]]));
    expect(value).toBeCloseTo((Math.log(2) + Math.log(1 + Math.exp(4))) / 2, 5);
    expect(gradient[0]).toBeCloseTo(-0.5 / 2, 6);
    expect(gradient[1]).toBeCloseTo(1 / (1 + Math.exp(-4)) / 2, 6);
  });

  it('counts classes that are there for their weight', async () => {
    const { value, gradient } = await valueAndGradient(tf.tensor2d([[0, 4]]), tf.tensor2d([[1, 0]]), 3);
    expect(value).toBeCloseTo((3 * Math.log(2) + Math.log(1 + Math.exp(4))) / 2, 5);
    expect(gradient[0]).toBeCloseTo((3 * -0.5) / 2, 6);
    expect(gradient[1]).toBeCloseTo(1 / (1 + Math.exp(-4)) / 2, 6);
  });

  it('takes labels between 0 and 1 as shares of both', async () => {
    const { value, gradient } = await valueAndGradient(tf.tensor2d([[1]]), tf.tensor2d([[0.25]]), 2);
    expect(value).toBeCloseTo(2 * 0.25 * Math.log(1 + Math.exp(-1)) + 0.75 * Math.log(1 + Math.exp(1)), 5);
    const sigmoid = 1 / (1 + Math.exp(-1));
    expect(gradient[0]).toBeCloseTo(2 * 0.25 * (sigmoid - 1) + 0.75 * sigmoid, 6);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to count classes that are there %s times', weight => {
    expect(() => multilabelSoftMarginLoss(tf.tensor2d([[1]]), tf.tensor2d([[1]]), weight)).toThrow('positiveWeight');
  });

  it('stays finite and exact for logits far from 0', async () => {
    const { value, gradient } = await valueAndGradient(tf.tensor2d([[500, -500]]), tf.tensor2d([[0, 1]]));
    expect(value).toBe(500);
    expect(gradient).toEqual([0.5, -0.5]);
  });

  it('agrees with the recorded value and gradient', async () => {
    const { tensors, values, tolerance } = readCase('mlsm_loss');
    const logits = tf.tensor2d(tensors.get('logits')!.data, [3, 20]);
    const { value, gradient } = await valueAndGradient(logits, tf.tensor2d(tensors.get('target')!.data, [3, 20]));
    expect(Math.abs(value - values.loss)).toBeLessThan(tolerance.loss!.suggest_atol!);
    const recorded = tensors.get('grad.logits')!.data;
    const worst = Math.max(...gradient.map((g, i) => Math.abs(g - recorded[i]!)));
    expect(worst).toBeLessThan(tolerance['grad.logits']!.suggest_atol!);
  });

  it('leaves nothing behind but the loss and the gradient', async () => {
    const logits = tf.zeros<tf.Rank.R2>([2, 3]);
    const labels = tf.ones<tf.Rank.R2>([2, 3], 'int32');
    const before = tf.memory().numTensors;
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor) => multilabelSoftMarginLoss(x as tf.Tensor2D, labels))([logits]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([value, grads]);
    multilabelSoftMarginLoss(logits, labels).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses shapes that do not fit', () => {
    const logits = tf.zeros<tf.Rank.R2>([2, 3]);
    expect(() => multilabelSoftMarginLoss(logits, tf.zeros([2, 4]))).toThrow('logits are [2,3] and labels [2,4]');
    expect(() => multilabelSoftMarginLoss(tf.zeros([3]) as never, tf.zeros([3]) as never)).toThrow(
      'expected two equal shapes [images, classes]',
    );
  });
});
