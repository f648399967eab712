import * as tf from '@tensorflow/tfjs-core';
import { readCase } from '@wsss/fixtures';
import { describe, expect, it } from 'vitest';
import { segmentationLoss } from './segmentation.js';

async function valueAndGradient(logits: tf.Tensor4D, labels: tf.Tensor3D) {
  const { value, grads } = tf.valueAndGrads((x: tf.Tensor) => segmentationLoss(x, labels))([logits]);
  const result = { value: (await value.data())[0]!, gradient: await grads[0]!.data() };
  tf.dispose([value, grads]);
  return result;
}

const log3 = Math.log(3);

describe('segmentationLoss', () => {
  it('agrees with a sum by hand', async () => {
    // two classes; background CE: log(1 + 1/3) and log 4; foreground CE: log 2; one pixel ignored
    const logits = tf.tensor4d([log3, 0, 0, log3, 0, 0, 7, 7], [1, 1, 4, 2]);
    const { value, gradient } = await valueAndGradient(logits, tf.tensor3d([[[0, 0, 1, 255]]], undefined, 'int32'));
    expect(value).toBeCloseTo(0.5 * ((Math.log(4 / 3) + Math.log(4)) / 2) + 0.5 * Math.log(2), 6);
    [-1 / 16, 1 / 16, -3 / 16, 3 / 16, 1 / 4, -1 / 4, 0, 0].forEach((expected, i) => {
      expect(gradient[i]).toBeCloseTo(expected, 6);
    });
  });

  it('takes the mean over no pixel as 0', async () => {
    const logits = tf.zeros<tf.Rank.R4>([1, 1, 2, 4]);
    const onlyBackground = await valueAndGradient(logits, tf.zeros([1, 1, 2], 'int32'));
    expect(onlyBackground.value).toBeCloseTo(0.5 * Math.log(4), 6);
    const onlyForeground = await valueAndGradient(logits, tf.fill([1, 1, 2], 3, 'int32'));
    expect(onlyForeground.value).toBeCloseTo(0.5 * Math.log(4), 6);
    const nothing = await valueAndGradient(logits, tf.fill([1, 1, 2], 255, 'int32'));
    expect(nothing.value).toBe(0);
    expect(nothing.gradient.every(g => Math.abs(g) === 0)).toBe(true);
  });

  it('leaves out labels that are no class', async () => {
    const logits = tf.randomNormal<tf.Rank.R4>([1, 1, 4, 3], 0, 1, 'float32', 7);
    const ignored = await valueAndGradient(logits, tf.tensor3d([[[0, 2, 255, 255]]], undefined, 'int32'));
    const strange = await valueAndGradient(logits, tf.tensor3d([[[0, 2, 3, -1]]], undefined, 'int32'));
    expect(strange).toEqual(ignored);
  });

  it('stays finite for large logits', async () => {
    const { value, gradient } = await valueAndGradient(tf.tensor4d([1e4, -1e4], [1, 1, 1, 2]), tf.ones([1, 1, 1], 'int32'));
    expect(value).toBe(1e4);
    expect(Array.from(gradient)).toEqual([0.5, -0.5]);
  });

  it('agrees with the recorded value and gradient', async () => {
    const { tensors, values, tolerance } = readCase('seg_loss');
    const toMap = (name: string) => tf.transpose(tf.tensor4d(tensors.get(name)!.data, [2, 5, 17, 13]), [0, 2, 3, 1]) as tf.Tensor4D;
    const labels = tf.tensor3d(tensors.get('label')!.data, [2, 17, 13], 'int32');
    const { value, gradient } = await valueAndGradient(toMap('logits'), labels);
    expect(Math.abs(value - values.loss)).toBeLessThan(tolerance.loss!.suggest_atol!);
    const recorded = await toMap('grad.logits').data();
    expect(Math.max(...gradient.map((g, i) => Math.abs(g - recorded[i]!)))).toBeLessThan(tolerance['grad.logits']!.suggest_atol!);
  });

  it('leaves nothing behind but the loss and the gradient', () => {
    const logits = tf.ones<tf.Rank.R4>([2, 3, 3, 4]);
    const labels = tf.zeros<tf.Rank.R3>([2, 3, 3], 'int32');
    const before = tf.memory().numTensors;
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor) => segmentationLoss(x, labels))([logits]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([value, grads]);
    segmentationLoss(logits, labels).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses shapes that do not fit', () => {
    const labels = tf.zeros<tf.Rank.R3>([2, 4, 4], 'int32');
    expect(() => segmentationLoss(tf.zeros([2, 2, 2, 3]), labels)).toThrow('logits are [2,2,2,3] and labels [2,4,4]');
    expect(() => segmentationLoss(tf.zeros([2, 2, 2, 3]), labels)).toThrow('resize the logits');
    expect(() => segmentationLoss(tf.zeros([4, 4, 3]), labels)).toThrow('logits are [4,4,3]');
  });
});
