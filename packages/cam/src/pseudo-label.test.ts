import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { boxMask, camToLabels, IGNORE, pseudoLabels, validCam } from './pseudo-label.js';

/** One row of pixels, two classes. */
const cam = (...pixels: [number, number][]) => tf.tensor4d(pixels.flat(), [1, 1, pixels.length, 2]);
const both = tf.tensor2d([[1, 1]]);

describe('validCam', () => {
  it('keeps the classes of each image', () => {
    const maps = tf.tensor4d([0.1, 0.2, 0.3, 0.4], [2, 1, 1, 2]);
    const kept = validCam(maps, tf.tensor2d([1, 0, 0, 1], [2, 2])).dataSync();
    [0.1, 0, 0, 0.4].forEach((expected, i) => {
      expect(kept[i]).toBeCloseTo(expected, 6);
    });
  });

  it('names labels that do not fit', () => {
    expect(() => validCam(cam([0, 0]), tf.ones([1, 3]))).toThrow(/labels have shape \[1,3\], expected \[1, 2\] like the CAM \[1,1,1,2\]/);
  });
});

describe('camToLabels', () => {
  it('is the strongest class of the image above the threshold, else background', () => {
    const maps = cam([0.5, 0.1], [0.51, 0.1], [0.6, 0.7], [0.8, 0.8]);
    expect([...camToLabels(maps, both, 0.5).dataSync()]).toEqual([0, 1, 2, 1]);
    expect([...camToLabels(maps, tf.tensor2d([[0, 1]]), 0.5).dataSync()]).toEqual([0, 0, 2, 2]);
    expect([...camToLabels(maps, tf.tensor2d([[0, 0]]), 0.5).dataSync()]).toEqual([0, 0, 0, 0]);
    expect(camToLabels(maps, both, 0.5).dtype).toBe('int32');
  });

  it('compares with the threshold in float32', () => {
    for (const threshold of [0.45, 0.7, 0.1]) expect([...camToLabels(cam([threshold, 0]), both, threshold).dataSync()]).toEqual([0]);
  });
});

describe('pseudoLabels', () => {
  const thresholds = { low: 0.25, high: 0.7 };
  const maps = cam([0.1, 0], [0.25, 0], [0.26, 0], [0.7, 0.1], [0.71, 0.1], [0.8, 0.9]);

  it('is background up to low, ignored up to high, else the strongest class', () => {
    expect([...pseudoLabels(maps, both, thresholds).dataSync()]).toEqual([0, 0, IGNORE, IGNORE, 1, 2]);
    expect([...pseudoLabels(maps, tf.tensor2d([[1, 0]]), thresholds).dataSync()]).toEqual([0, 0, IGNORE, IGNORE, 1, 1]);
    expect(pseudoLabels(maps, both, thresholds).dtype).toBe('int32');
  });

  it('ignores nothing inside where both thresholds are one', () => {
    expect([...pseudoLabels(maps, both, { low: 0.5, high: 0.5 }).dataSync()]).toEqual([0, 0, 0, 1, 1, 2]);
  });

  it('ignores everything outside the box', () => {
    const inside = boxMask(Int32Array.of(0, 1, 1, 5), [1, 6]);
    expect([...pseudoLabels(maps, both, thresholds, inside).dataSync()]).toEqual([IGNORE, 0, IGNORE, IGNORE, 1, IGNORE]);
  });

  it('leaves one tensor behind', () => {
    const inside = boxMask(Int32Array.of(0, 1, 1, 5), [1, 6]);
    const before = tf.memory().numTensors;
    pseudoLabels(maps, both, thresholds, inside).dispose();
    camToLabels(maps, both, 0.5).dispose();
    validCam(maps, both).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('boxMask', () => {
  it('is 1 from top and left to before bottom and right', () => {
    expect(boxMask(Int32Array.of(1, 3, 0, 2, 0, 1, 3, 4), [3, 4]).arraySync()).toEqual([
      [
        [0, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 0, 0],
      ],
      [
        [0, 0, 0, 1],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
      ],
    ]);
  });

  it('counts a cell if all of it is inside', () => {
    // Cells of 2 pixels: rows 1–7 hold cells 1 and 2 whole, columns 2–8 hold cells 1 to 3.
    expect(boxMask(Int32Array.of(1, 7, 2, 8), [4, 4], 2).arraySync()).toEqual([
      [
        [0, 0, 0, 0],
        [0, 1, 1, 1],
        [0, 1, 1, 1],
        [0, 0, 0, 0],
      ],
    ]);
    expect(tf.sum(boxMask(Int32Array.of(1, 3, 1, 3), [4, 4], 4)).arraySync()).toBe(0);
  });

  it('clips a box to the map, whatever side it leaves it on', () => {
    const count = (...box: [number, number, number, number]) => [...boxMask(Int32Array.of(...box, 0, 0, 0, 0, ...box), [2, 3]).dataSync()];
    const none = [0, 0, 0, 0, 0, 0];
    const all = [1, 1, 1, 1, 1, 1];
    expect(count(-2, 5, -1, 9)).toEqual([...all, ...none, ...all]);
    expect(count(0, 2, -2, 1)).toEqual([1, 0, 0, 1, 0, 0, ...none, 1, 0, 0, 1, 0, 0]);
    expect(count(-3, -1, 0, 3)).toEqual([...none, ...none, ...none]);
    expect(count(0, 2, 5, 9)).toEqual([...none, ...none, ...none]);
    expect(count(0, 2, -5, -2)).toEqual([...none, ...none, ...none]);
  });

  it('refuses boxes that are none', () => {
    expect(() => boxMask(Int32Array.of(0, 1, 2), [2, 2])).toThrow(/boxes must hold four numbers an image, got 3/);
  });
});
