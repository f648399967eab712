import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { uncertainCrops } from './uncertain-crops.js';

// Images whose pixels say where they are: (image, row, column).
const [B, H, W, S] = [2, 5, 6, 3];
const images = tf.tensor4d(Array.from({ length: B * H * W }, (_, i) => [Math.floor(i / (H * W)), Math.floor(i / W) % H, i % W]).flat(), [
  B,
  H,
  W,
  3,
]);
/** 0 in image 0 but for a 2 at (1, 1); image 1 is uncertain everywhere. */
const importance = tf.tensor3d(
  Array.from({ length: B * H * W }, (_, i) => (i < H * W ? (i === W + 1 ? 2 : 0) : 1)),
  [B, H, W],
);
/** The chances of places [3, 4] rise from the first to the last but for the first, which is highest. */
const chances = tf.tensor3d(
  Array.from({ length: B * 12 }, (_, i) => (i % 12 ? (i % 12) / 20 : 0.9)),
  [B, 3, 4],
);

describe('uncertainCrops', () => {
  it('cuts where chances are highest and the center is not certain, and says what is positive', () => {
    const { crops, flags } = uncertainCrops(images, importance, chances, { count: 2 });
    expect(crops.shape).toEqual([4, S, S, 3]);
    const corners = tf.slice(crops, [0, 0, 0, 0], [4, 1, 1, 3]).arraySync().flat(2);
    // Image 0: its place (0, 0) has a certain center at (1, 1), so the last two places win. Image 1: (0, 0), then the last.
    expect(corners).toEqual([
      [0, 2, 3],
      [1, 0, 0],
      [0, 2, 2],
      [1, 2, 3],
    ]);
    expect(tf.slice(crops, [0, 2, 1, 0], [1, 1, 1, 3]).arraySync().flat(3)).toEqual([0, 4, 4]);
    expect(flags.arraySync()).toEqual([
      [1, 1, 0, 0],
      [1, 1, 1, 1],
    ]);
  });

  it('takes other places where there are too few, none twice', () => {
    const certain = tf.fill<tf.Rank.R3>([B, H, W], 2);
    const { crops, flags } = uncertainCrops(images, certain, chances, { count: 12 });
    const corners = tf.slice(crops, [0, 0, 0, 0], [24, 1, 1, 3]).arraySync().flat(2);
    expect(new Set(corners.map(String)).size).toBe(24);
    expect(flags.arraySync().flat()).toEqual(Array(28).fill(1));
  });

  it('counts importance against the ratio', () => {
    const one = tf.tensor3d([0, 0, 0, 0, 2, 0, 0, 0, 0], [1, 3, 3]); // mean 2/9
    const only = tf.zeros<tf.Rank.R3>([1, 1, 1]);
    const flagAt = (positiveRatio: number) =>
      uncertainCrops(tf.zeros([1, 3, 3, 3]), one, only, { count: 1, positiveRatio }).flags.dataSync()[2];
    expect([flagAt(0.2), flagAt(0.25)]).toEqual([1, 0]);
  });

  it('leaves nothing behind, and refuses what does not fit', () => {
    const before = tf.memory().numTensors;
    tf.dispose({ ...uncertainCrops(images, importance, chances) });
    expect(tf.memory().numTensors).toBe(before);
    expect(() => uncertainCrops(images, importance, tf.zeros([2, 3, 3]))).toThrow('expected [2, 5 − S + 1, 6 − S + 1]');
    expect(() => uncertainCrops(images, tf.zeros([2, 5, 5]), chances)).toThrow('expected [2, 5, 6] like the images');
    expect(() => uncertainCrops(images, importance, chances, { count: 13 })).toThrow('count must lie in 1…12');
  });
});
