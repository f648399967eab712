import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { readCase } from '@wsss/fixtures';
import { afterAll, describe, expect, it } from 'vitest';
import { denseEnergy, denseEnergyLoss, scaledProbabilities } from './dense-energy.js';
import { type BilateralFilter, denseEnergyAffinity } from './dense-energy-affinity.js';

const engine = await LatticeEngine.start();
afterAll(() => engine.dispose());
const filter: BilateralFilter = request => bilateralFilter(engine, request);

/** A filter that only sums up: every pixel is as close as can be to every other. */
const sumFilter: BilateralFilter = ({ values, batch, channels }) => {
  const perImage = values.length / batch;
  return values.map((_, i) => {
    const image = Math.floor(i / perImage);
    let sum = 0;
    for (let j = image * perImage + (i % channels); j < (image + 1) * perImage; j += channels) sum += values[j]!;
    return sum;
  });
};

describe('scaledProbabilities', () => {
  it('averages the softmax of 2 × 2 pixels', () => {
    const logits = tf.tensor4d([0, 0, 0, Math.log(3), 0, 0, Math.log(3), 0], [1, 2, 2, 2]);
    const probabilities = scaledProbabilities(logits);
    expect(probabilities.shape).toEqual([1, 1, 1, 2]);
    expect(probabilities.dataSync()[0]).toBeCloseTo((0.5 + 0.25 + 0.5 + 0.75) / 4, 6);
  });

  it('has the same values and gradients by pooling as by interpolation', () => {
    const logits = tf.randomNormal<tf.Rank.R4>([2, 6, 4, 3], 0, 1, 'float32', 1);
    const weights = tf.randomNormal<tf.Rank.R4>([2, 3, 2, 3], 0, 1, 'float32', 2);
    const pooled = tf.valueAndGrad((x: tf.Tensor4D) => tf.sum(tf.mul(scaledProbabilities(x), weights)))(logits);
    const plain = tf.valueAndGrad((x: tf.Tensor4D) => {
      const p = tf.reshape(tf.softmax(x), [2, 3, 2, 2, 6]);
      const [top, bottom] = tf.split(p, 2, 2).map(half => tf.split(tf.reshape(half, [2, 3, 2, 2, 3]), 2, 3)) as [tf.Tensor[], tf.Tensor[]];
      const mean = tf.mul(tf.addN([...top, ...bottom].map(part => tf.reshape(part, [2, 3, 2, 3]))), 0.25);
      return tf.sum(tf.mul(mean, weights));
    })(logits);
    expect(pooled.value.dataSync()[0]).toBeCloseTo(plain.value.dataSync()[0]!, 5);
    const [a, b] = [pooled.grad.dataSync(), plain.grad.dataSync()];
    for (const [i, x] of a.entries()) expect(x).toBeCloseTo(b[i]!, 6);
  });

  it('takes odd sizes and other scales', () => {
    expect(scaledProbabilities(tf.zeros([1, 5, 7, 2])).shape).toEqual([1, 2, 3, 2]);
    expect(scaledProbabilities(tf.zeros([1, 8, 8, 2]), 0.25).shape).toEqual([1, 2, 2, 2]);
    expect(() => scaledProbabilities(tf.zeros([1, 1, 8, 2]))).toThrow('1×8 pixels times 0.5 leave no pixel');
    expect(() => scaledProbabilities(tf.zeros([1, 8, 8, 2]), 0)).toThrow('scale is 0');
  });
});

describe('denseEnergyAffinity', () => {
  const input = {
    probabilities: [0.75, 0.25, 0.5, 0.5, 1, 0, 0.125, 0.875],
    size: [2, 2] as const,
    classes: 2,
    batch: 1,
    images: new Uint8Array(48),
    imageSize: [4, 4] as const,
  };

  it('gates what the network is sure of', () => {
    const sums = [2.375, 1.625];
    const gates = [0.25, 0.5, 0, 0.125];
    expect(Array.from(denseEnergyAffinity(input, sumFilter))).toEqual(gates.flatMap(gate => sums.map(sum => gate * sum)));
  });

  it('opens the gate where the label is not known, and leaves out what is outside the box', () => {
    // Half-size pixel (x, y) looks at full-size pixel (2x, 2y).
    const labels = new Uint8Array(16);
    labels[0] = 255;
    labels[5] = 255; // looked at by none
    const boxes = [0, 4, 0, 2];
    const sums = [1.75, 0.25];
    const gates = [1, 0, 0, 0];
    expect(Array.from(denseEnergyAffinity({ ...input, labels, boxes }, sumFilter))).toEqual(
      gates.flatMap(gate => sums.map(sum => gate * sum)),
    );
  });

  it('asks the filter in pixels of its own size', () => {
    const images = Uint8Array.from({ length: 48 }, (_, i) => i);
    denseEnergyAffinity({ ...input, images }, request => {
      expect(request).toMatchObject({ batch: 1, height: 2, width: 2, channels: 2, sigmaXy: 50, sigmaRgb: 15, phantomPoints: false });
      expect(Array.from(request.images)).toEqual([0, 1, 2, 6, 7, 8, 24, 25, 26, 30, 31, 32]);
      return request.values;
    });
  });

  it('refuses lengths that do not fit', () => {
    const refuse = (change: object, message: string) =>
      expect(() => denseEnergyAffinity({ ...input, ...change }, sumFilter)).toThrow(message);
    refuse({ probabilities: [1] }, 'probabilities has 1 numbers, expected [1,2,2,2] = 8');
    refuse({ images: new Uint8Array(47) }, 'images has 47 numbers, expected [1,4,4,3] = 48');
    refuse({ boxes: [0, 1] }, 'boxes has 2 numbers, expected [1,4] = 4');
    refuse({ labels: [0] }, 'labels has 1 numbers, expected [1,4,4] = 16');
    refuse({ probabilities: [], images: [], batch: 0 }, 'probabilities has 0 numbers');
  });
});

describe('denseEnergyLoss', () => {
  it('is −weight Σ p · affinity / B with twice that as its gradient', () => {
    const p = tf.tensor4d([0.5, 0.5, 1, 0], [2, 1, 1, 2]);
    const affinity = tf.tensor4d([1, 2, 3, 4], [2, 1, 1, 2]);
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor4D) => denseEnergyLoss(x, affinity, 0.5))(p);
    expect(value.dataSync()[0]).toBeCloseTo((-0.5 * 4.5) / 2, 6);
    expect(Array.from(grad.dataSync())).toEqual([-0.5, -1, -1.5, -2]);
  });

  it('refuses shapes that differ', () => {
    expect(() => denseEnergyLoss(tf.zeros([1, 2, 2, 3]), tf.zeros([1, 2, 2, 2]))).toThrow('expected the same [B, h, w, K]');
  });

  it.each([
    ['loss', 1e-7, 'grad.logits'],
    ['loss_weight1', 1, 'grad_weight1.logits'],
  ])('gives the recorded %s and gradient', (name, weight, gradient) => {
    const { tensors, values, settings } = readCase('energy_loss');
    const data = (key: string) => tensors.get(key)!.data as Float32Array;
    const channelsLast = (key: string) =>
      tf.tidy(() => tf.transpose(tf.tensor4d(data(key), tensors.get(key)!.shape as [number, number, number, number]), [0, 2, 3, 1]));
    const images = tf.tidy(() => tf.add(tf.mul(channelsLast('img'), [58.395, 57.12, 57.375]), [123.675, 116.28, 103.53])).dataSync();
    const [sigmaRgb, sigmaXy] = [settings.sigma_rgb, settings.sigma_xy];
    const before = tf.memory().numTensors;
    const logits = channelsLast('logits');
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor4D) =>
      denseEnergy(x, { images, boxes: data('img_box'), labels: data('label') }, filter, { sigmaRgb, sigmaXy, weight, phantomPoints: true }),
    )(logits);
    expect(tf.memory().numTensors).toBe(before + 3);
    expect(value.dataSync()[0]! / values[name]).toBeCloseTo(1, 5);
    const expected = channelsLast(gradient).dataSync();
    const largest = Array.from(expected).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const worst = Array.from(grad.dataSync()).reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i]!)), 0);
    expect(worst / largest).toBeLessThan(1e-4);
  });
});
