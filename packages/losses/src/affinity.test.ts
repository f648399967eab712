import * as tf from '@tensorflow/tfjs-core';
import { readCase } from '@wsss/fixtures';
import { describe, expect, it } from 'vitest';
import { affinityLoss } from './affinity.js';

async function valueAndGradient(tokens: tf.Tensor3D | tf.Tensor4D, labels: tf.Tensor3D) {
  const { value, grads } = tf.valueAndGrads((x: tf.Tensor) => affinityLoss(x as tf.Tensor3D, labels))([tokens]);
  const result = { value: (await value.data())[0]!, gradient: await grads[0]!.data() };
  tf.dispose([value, grads]);
  return result;
}

describe('affinityLoss', () => {
  it('agrees with a sum by hand', async () => {
    // cosines: tokens 0 and 1 have 0.6 (same label), 0 and 2 have 0 and 1 and 2 have −0.8 (different labels)
    const tokens = tf.tensor3d([[[2, 0], [3, 4], [0, -1]]]); // biome-ignore format: one row for each token
    const { value } = await valueAndGradient(tokens, tf.tensor3d([[[1, 1, 0]]], undefined, 'int32'));
    expect(value).toBeCloseTo(0.5 * (1 - (2 * 0.6) / (2 + 1)) + (0.5 * (2 * 0.8)) / (4 + 1), 6);
  });

  it('leaves out ignored patches', async () => {
    const tokens = tf.tensor3d([[[2, 0], [3, 4], [5, 5]]]); // biome-ignore format: one row for each token
    const { value, gradient } = await valueAndGradient(tokens, tf.tensor3d([[[1, 1, 255]]], undefined, 'int32'));
    expect(value).toBeCloseTo(0.5 * (1 - (2 * 0.6) / 3), 6);
    expect(Array.from(gradient.subarray(4))).toEqual([0, 0]);
  });

  it('has a finite gradient, taken as 0, at orthogonal and at zero tokens', async () => {
    const tokens = tf.tensor3d([[[1, 0], [0, 1], [0, 0]]]); // biome-ignore format: one row for each token
    const { value, gradient } = await valueAndGradient(tokens, tf.tensor3d([[[1, 1, 2]]], undefined, 'int32'));
    expect(value).toBe(0.5);
    expect(Array.from(gradient, Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('agrees with the recorded value and gradient', async () => {
    const { tensors, values, tolerance } = readCase('aff_loss');
    const toMap = (name: string) => tf.transpose(tf.tensor4d(tensors.get(name)!.data, [2, 10, 7, 9]), [0, 2, 3, 1]) as tf.Tensor4D;
    const tokens = toMap('fmap');
    const labels = tf.tensor3d(tensors.get('label')!.data, [2, 7, 9], 'int32');
    const { value, gradient } = await valueAndGradient(tokens, labels);
    expect(Math.abs(value - values.loss)).toBeLessThan(tolerance.loss!.suggest_atol!);
    const recorded = await toMap('grad.fmap').data();
    expect(Math.max(...gradient.map((g, i) => Math.abs(g - recorded[i]!)))).toBeLessThan(tolerance['grad.fmap']!.suggest_atol!);

    const asTokens = await valueAndGradient(tf.reshape(tokens, [2, 63, 10]) as tf.Tensor3D, labels);
    expect(asTokens.value).toBe(value);
  });

  it('is a half when every patch is ignored', async () => {
    const { value, gradient } = await valueAndGradient(tf.ones<tf.Rank.R3>([1, 4, 3]), tf.fill([1, 2, 2], 255, 'int32'));
    expect(value).toBe(readCase('aff_loss').values.loss_all_ignored);
    expect(gradient.every(g => Math.abs(g) === 0)).toBe(true);
  });

  it('leaves nothing behind but the loss and the gradient', () => {
    const tokens = tf.ones<tf.Rank.R4>([2, 3, 3, 4]);
    const labels = tf.zeros<tf.Rank.R3>([2, 3, 3], 'int32');
    const before = tf.memory().numTensors;
    const { value, grads } = tf.valueAndGrads((x: tf.Tensor) => affinityLoss(x as tf.Tensor4D, labels))([tokens]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([value, grads]);
    affinityLoss(tokens, labels).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses shapes that do not fit', () => {
    const labels = tf.zeros<tf.Rank.R3>([2, 3, 4], 'int32');
    expect(() => affinityLoss(tf.zeros<tf.Rank.R3>([2, 11, 5]), labels)).toThrow('tokens are [2,11,5] and labels [2,3,4]');
    expect(() => affinityLoss(tf.zeros<tf.Rank.R3>([1, 12, 5]), labels)).toThrow('tokens are [1,12,5]');
    expect(() => affinityLoss(tf.zeros<tf.Rank.R4>([2, 4, 3, 5]), labels)).toThrow('expected [B, h·w, D] or [B, h, w, D] and [B, h, w]');
  });
});
