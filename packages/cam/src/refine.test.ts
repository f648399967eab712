import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { boxMask } from './pseudo-label.js';
import { backgroundLevels, keptClasses, refinedLabels } from './refine.js';

describe('keptClasses', () => {
  it('lists background and the classes of each image, padded to one length', () => {
    expect(keptClasses([0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0], 4).arraySync()).toEqual([
      [0, 2, 4],
      [0, 1, -1],
      [0, -1, -1],
    ]);
    expect(keptClasses(Float32Array.of(0, 0), 2).arraySync()).toEqual([[0]]);
  });

  it('rounds their number up to one of a few', () => {
    const length = (present: number) =>
      keptClasses(
        Array.from({ length: 9 }, (_, c) => (c < present ? 1 : 0)),
        9,
        [3, 4],
      ).shape[1];
    expect([0, 2, 3, 4, 7, 8].map(length)).toEqual([3, 3, 4, 8, 8, 12]);
  });

  it('refuses labels of no whole number of images', () => {
    expect(() => keptClasses([1, 0, 1], 2)).toThrow(/3 labels are not those of images of 2 classes/);
  });
});

describe('refinedLabels', () => {
  const thresholds = { low: 0.25, high: 0.75 };
  const plain = { ...thresholds, downScale: 1, refinement: { iterations: 0 } }; // nothing but the thresholds
  const row = (...pixels: number[][]) => tf.tensor4d(pixels.flat(), [1, 1, pixels.length, pixels[0]!.length]);
  const gray = (pixels: number) => tf.ones([1, 1, pixels, 3]) as tf.Tensor4D;

  it('is background below low, ignored below high, else the strongest class of the image', () => {
    const cam = row([0, 0.9, 0.2], [0.25, 0.9, 0], [0.26, 0.9, 0], [0.75, 0.9, 0.1], [0.76, 0.9, 0.1], [0.8, 0.9, 0.85]);
    const labels = (present: number[]) => [...refinedLabels(gray(6), cam, keptClasses(present, 3), plain).dataSync()];
    expect(labels([1, 0, 1])).toEqual([0, 0, 255, 255, 1, 3]);
    expect(labels([1, 0, 0])).toEqual([0, 0, 255, 255, 1, 1]);
    expect(labels([1, 1, 1])).toEqual([2, 2, 2, 2, 2, 2]);
    expect(labels([0, 0, 0])).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('joins what the high and the low background leave', () => {
    const cam = row([0.1, 0.2], [0.5, 0.6], [0.9, 0.1]);
    const levels = (options = {}) => {
      const { high, low } = backgroundLevels(gray(3), cam, keptClasses([1, 1], 2), { ...thresholds, ...options });
      return [[...high.dataSync()], [...low.dataSync()]];
    };
    expect(levels({ refinement: null })).toEqual([
      [0, 0, 1],
      [0, 2, 1],
    ]);
    expect(levels({ downScale: 1, refinement: { iterations: 0 } })).toEqual(levels({ refinement: null }));
  });

  it('ignores what lies outside the box', () => {
    const cam = row([0.9], [0.9], [0], [0]);
    const inside = boxMask(Int32Array.of(0, 1, 1, 3), [1, 4]);
    expect([...refinedLabels(gray(4), cam, keptClasses([1], 1), { ...plain, inside }).dataSync()]).toEqual([255, 1, 0, 255]);
  });

  // Two squares of different colors on noise; the CAM of the second image's class is in another channel.
  const size = 24;
  const [images, cam] = tf.tidy(() => {
    const square = (top: number, left: number) => tf.pad(tf.ones([12, 12]), [[top, size - 12 - top], [left, size - 12 - left]]); // biome-ignore format: rows, columns
    const objects = tf.stack([square(3, 5), square(9, 8)]);
    const noise = tf.randomUniform([2, size, size, 3], 0, 20, 'float32', 1);
    const maps = tf.mul(tf.expandDims(objects, 3), tf.tensor4d([0.9, 0, 0.1, 0.1, 0, 0.95], [2, 1, 1, 3]));
    return [tf.add(tf.mul(tf.expandDims(objects, 3), [200, 90, 30]), noise) as tf.Tensor4D, maps as tf.Tensor4D];
  });
  const present = [1, 0, 0, 0, 1, 1];
  const kept = keptClasses(present, 3);

  it('gives every image of a batch the labels that it has alone', () => {
    const labels = refinedLabels(images, cam, kept, thresholds);
    expect(labels.shape).toEqual([2, size, size]);
    expect(labels.dtype).toBe('int32');
    expect([...new Set(labels.dataSync())]).toEqual(expect.arrayContaining([0, 1, 3]));
    for (const image of [0, 1]) {
      const only = (x: tf.Tensor4D) => tf.slice(x, [image, 0, 0, 0], [1, -1, -1, -1]);
      const alone = refinedLabels(only(images), only(cam), keptClasses(present.slice(3 * image, 3 * image + 3), 3), thresholds);
      expect(tf.slice(labels, [image, 0, 0], [1, -1, -1]).arraySync()).toEqual(alone.arraySync());
    }
  });

  it('finds the object that a shifted CAM only hints at', () => {
    const shifted = tf.concat([tf.slice(cam, [0, 0, 2, 0], [2, size, size - 2, 3]), tf.zeros([2, size, 2, 3])], 2) as tf.Tensor4D; // two columns to the left
    const labels = refinedLabels(images, shifted, kept, { ...thresholds, downScale: 1 }).arraySync() as number[][][];
    const middle = labels[0]![9]!; // the object spans columns 5 to 16
    expect(middle.slice(5, 17).filter(label => label === 0).length).toBe(0);
    expect(middle.slice(0, 5)).not.toContain(1);
    expect(middle.slice(17)).not.toContain(1);
  });

  it('works on sizes that the factor does not divide', () => {
    const odd = (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [2, 23, 21, 3]);
    expect(refinedLabels(odd(images), odd(cam), kept, { ...thresholds, downScale: 4 }).shape).toEqual([2, 23, 21]);
  });

  it('leaves one tensor behind', () => {
    const inside = tf.ones([2, size, size]) as tf.Tensor3D;
    const before = tf.memory().numTensors;
    refinedLabels(images, cam, kept, { ...thresholds, inside }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names what does not fit', () => {
    expect(() => refinedLabels(images, cam, keptClasses([1, 0, 0], 3), thresholds)).toThrow(
      /kept classes are for 1 images, the CAM \[2,24,24,3\] has 2/,
    );
  });
});
