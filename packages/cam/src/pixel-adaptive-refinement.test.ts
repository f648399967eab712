import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { refineByPixels } from './pixel-adaptive-refinement.js';

const noise = (shape: [number, number, number, number], seed: number) => tf.randomUniform(shape, 0, 1, 'float32', seed) as tf.Tensor4D;

function expectClose(found: tf.Tensor, expected: tf.Tensor): void {
  expect(found.shape).toEqual(expected.shape);
  const values = expected.dataSync();
  found.dataSync().forEach((value, i) => {
    expect(value).toBeCloseTo(values[i]!, 5);
  });
}

describe('refineByPixels', () => {
  it('takes the mean of the eight neighbors where the image is of one color, edges replicated', () => {
    const image = tf.fill([1, 3, 3, 3], 7) as tf.Tensor4D;
    const mask = tf.tensor4d([0, 0, 0, 0, 8, 0, 0, 0, 0], [1, 3, 3, 1]);
    const refined = refineByPixels(image, mask, { dilations: [1], iterations: 1, positionWeight: 0 }).dataSync();
    [1, 1, 1, 1, 0, 1, 1, 1, 1].forEach((expected, i) => {
      expect(refined[i]).toBeCloseTo(expected, 5);
    });
    // A corner with replicated edges has three neighbors in itself: (3·9 + 2·1 + 2·2 + 3) / 8.
    const corner = tf.tensor4d([9, 1, 0, 2, 3, 0, 0, 0, 0], [1, 3, 3, 1]);
    expect(refineByPixels(image, corner, { dilations: [1], iterations: 1, positionWeight: 0 }).dataSync()[0]).toBeCloseTo(36 / 8, 5);
  });

  it('weighs neighbors by a softmax of their color differences', () => {
    // Dilation 1 in a row of one pixel's height: three neighbors left, three right, two the pixel itself.
    const image = tf.tensor4d([0, 1, 3], [1, 1, 3, 1]);
    const neighbors = [0, 0, 0, 1, 1, 3, 3, 3];
    const mean = 11 / 8;
    const deviation = Math.sqrt(neighbors.reduce((sum, n) => sum + (n - mean) ** 2, 0) / 7);
    const exponentials = neighbors.map(n => Math.exp(-(((n - 1) / (deviation + 1e-8) / 0.3) ** 2)));
    const total = exponentials.reduce((a, b) => a + b);
    const left = exponentials.slice(0, 3).reduce((a, b) => a + b) / total;
    const mask = tf.tensor4d([1, 0, 0], [1, 1, 3, 1]);
    expect(refineByPixels(image, mask, { dilations: [1], iterations: 1, positionWeight: 0 }).dataSync()[1]).toBeCloseTo(left, 6);
  });

  it('weighs neighbors by their distance as well', () => {
    // Every neighbor has 1/8 of the color weight; nearly all of the position weight lies on the four at distance 1.
    const image = tf.zeros([1, 3, 3, 1]) as tf.Tensor4D;
    const mask = tf.tensor4d([0, 1, 0, 0, 0, 0, 0, 0, 0], [1, 3, 3, 1]);
    const refined = refineByPixels(image, mask, { dilations: [1], iterations: 1, positionWeight: 0.4 }).dataSync();
    expect(refined[4]).toBeCloseTo(1 / 8 + 0.4 / 4, 5);
    expect(refined[3]).toBeCloseTo(1 / 8, 5); // diagonal
  });

  it('multiplies a constant mask by 1 + the position weight in every round', () => {
    const masks = tf.mul(tf.ones([2, 9, 10, 2]), [0.25, 1]) as tf.Tensor4D;
    const images = noise([2, 9, 10, 3], 1);
    expectClose(tf.div(refineByPixels(images, masks), 1.01 ** 10), masks);
    expectClose(tf.div(refineByPixels(images, masks, { iterations: 3, positionWeight: 0.1 }), 1.1 ** 3), masks);
    expectClose(refineByPixels(images, masks, { iterations: 0 }), masks);
  });

  it('moves a mask to the edge of the image', () => {
    // The image changes at column 8, the mask at column 6.
    const edge = (at: number, channels: number) =>
      tf.tile(tf.reshape(tf.cast(tf.less(tf.range(0, 16), at), 'float32'), [1, 1, 16, 1]), [1, 8, 1, channels]) as tf.Tensor4D;
    const refined = refineByPixels(edge(8, 3), edge(6, 1), { dilations: [1, 2, 4] });
    const row = tf.slice(refined, [0, 4, 0, 0], [1, 1, 16, 1]).dataSync();
    for (let column = 0; column < 16; column++)
      if (column < 8) expect(row[column], `column ${column}`).toBeGreaterThan(0.6);
      else expect(row[column], `column ${column}`).toBeLessThan(0.05);
  });

  it('does not depend on the scale of colors', () => {
    const [images, masks] = [noise([1, 6, 6, 3], 2), noise([1, 6, 6, 2], 3)];
    expectClose(refineByPixels(tf.add(tf.mul(images, 255), 10), masks), refineByPixels(images, masks));
  });

  it('treats images and masks on their own', () => {
    const [images, masks] = [noise([2, 6, 8, 3], 4), noise([2, 6, 8, 3], 5)];
    const second = refineByPixels(tf.slice(images, [1, 0, 0, 0], [1, -1, -1, -1]), tf.slice(masks, [1, 0, 0, 2], [1, -1, -1, 1]));
    expectClose(tf.slice(refineByPixels(images, masks), [1, 0, 0, 2], [1, -1, -1, 1]), second);
  });

  it('resizes masks to the image, corners aligned', () => {
    const mask = tf.tensor4d([0, 4], [1, 1, 2, 1]);
    const refined = refineByPixels(noise([1, 2, 5, 3], 6), mask, { iterations: 0 });
    expectClose(refined, tf.tensor4d([0, 1, 2, 3, 4, 0, 1, 2, 3, 4], [1, 2, 5, 1]));
  });

  it('stays finite for any width of the kernels', () => {
    const refined = refineByPixels(noise([1, 4, 4, 3], 7), noise([1, 4, 4, 1], 8), { dilations: [1], width: 0.05 });
    for (const value of refined.dataSync()) expect(value).toBeGreaterThan(0);
  });

  it('lets no gradient through and leaves one tensor behind', () => {
    const [images, masks] = [noise([1, 4, 4, 3], 9), noise([1, 4, 4, 1], 10)];
    const before = tf.memory().numTensors;
    const refined = refineByPixels(images, masks);
    const gradient = tf.grad(x => tf.sum(tf.mul(x, refineByPixels(images, x as tf.Tensor4D))))(masks);
    expect(gradient.arraySync()).toEqual(refined.arraySync());
    tf.dispose([refined, gradient]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names what does not fit', () => {
    const images = noise([2, 4, 4, 3], 11);
    expect(() => refineByPixels(images, noise([1, 4, 4, 1], 12))).toThrow(/1 masks for 2 images/);
    for (const dilations of [[], [0], [1.5]])
      expect(() => refineByPixels(images, images, { dilations })).toThrow(`dilations must be positive integers, got [${dilations}]`);
  });
});
