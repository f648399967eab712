import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { drawKeyMasks, patchImportance, viewFlags } from './key-masks.js';

const seeded = (seed = 1) => {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
};

describe('drawKeyMasks', () => {
  it('hides cell by cell, a cell where the draw is below the ratio', () => {
    const draws = [0.1, 0.6, 0.5, 0.4];
    const { hidden } = drawKeyMasks(() => draws.shift()!, 1, [4, 4], { count: 1, ratio: 0.5, cell: 2 });
    expect([...hidden]).toEqual([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it('crops the last cells of a grid that they do not divide', () => {
    const draws = [0, 1, 1, 0];
    const { hidden } = drawKeyMasks(() => draws.shift()!, 1, [2, 3], { count: 1, ratio: 0.5, cell: 2 });
    expect([...hidden]).toEqual([1, 1, 0, 1, 1, 0]);
    expect(draws).toEqual([1, 0]); // one draw for each of 1×2 cells

    let drawn = 0;
    const random = seeded();
    const counted = () => {
      drawn++;
      return random();
    };
    const masks = drawKeyMasks(counted, 2, [14, 14], { count: 3, ratio: 0.5, cell: 4 });
    expect(drawn).toBe(3 * 2 * 4 * 4);
    for (let mask = 0; mask < 6; mask++)
      for (let row = 0; row < 14; row++)
        for (let column = 0; column < 14; column++) {
          const at = (r: number, c: number) => masks.hidden[(mask * 14 + r) * 14 + c];
          expect(at(row, column)).toBe(at(row - (row % 4), column - (column % 4)));
        }
  });

  it('goes view by view, and image by image within a view', () => {
    const draws = [0, 1, 1, 0, 1, 1];
    const { count, batch, grid, hidden } = drawKeyMasks(() => draws.shift()!, 3, [1, 1], { count: 2, mayBeEmpty: true });
    expect({ count, batch, grid }).toEqual({ count: 2, batch: 3, grid: [1, 1] });
    expect([...hidden]).toEqual([1, 0, 0, 1, 0, 0]);
  });

  it('hides a cell with the given probability, 0.95 unless told', () => {
    const hiddenShare = (ratio?: number) => {
      const { hidden } = drawKeyMasks(seeded(), 20, [16, 16], { ratio, count: 50, cell: 4, mayBeEmpty: true });
      return hidden.reduce((sum, value) => sum + value, 0) / hidden.length;
    };
    expect(Math.abs(hiddenShare() - 0.95)).toBeLessThan(0.005); // 16 000 cells: a deviation of 0.0017
    expect(Math.abs(hiddenShare(0.5) - 0.5)).toBeLessThan(0.012);
    expect(hiddenShare(0)).toBe(0);
    expect(hiddenShare(1)).toBe(1);
  });

  it('has 7×7 cells unless told, at any size, and those of 4×4 patches at the size of the paper', () => {
    const draw = (side: number, cell?: number) => drawKeyMasks(seeded(), 3, [side, side], { count: 4, ratio: 0.5, cell });
    expect(draw(28).hidden).toEqual(draw(28, 4).hidden);
    let drawn = 0;
    const { hidden } = drawKeyMasks(() => (drawn++ % 2 ? 1 : 0), 1, [16, 16], { count: 1, ratio: 0.5 });
    expect(drawn).toBe(49);
    // 16 patches in 7 cells: 3, 2, 2, 3, 2, 2, 2.
    expect([...hidden.subarray(0, 16)]).toEqual([1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
    drawn = 0;
    drawKeyMasks(() => (drawn++ % 2 ? 1 : 0), 1, [3, 3], { count: 1, ratio: 0.5 });
    expect(drawn).toBe(9); // a small grid: every patch is a cell
  });

  it('leaves every view something to see, unless a view may be empty', () => {
    const visible = (mayBeEmpty?: boolean) => {
      const { hidden } = drawKeyMasks(seeded(), 10, [14, 14], { count: 100, ratio: 0.99, mayBeEmpty });
      return Array.from({ length: 1000 }, (_, view) => hidden.subarray(view * 196, (view + 1) * 196).reduce((sum, h) => sum + 1 - h, 0));
    };
    expect(Math.min(...visible())).toBe(4); // one cell of 2×2
    expect(visible(true).filter(count => count === 0).length / 1000).toBeCloseTo(0.99 ** 49, 1);
  });

  it('is the same for the same seed alone', () => {
    const draw = (seed: number) => drawKeyMasks(seeded(seed), 2, [12, 8]);
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5).hidden).not.toEqual(draw(6).hidden);
    expect(draw(5).hidden.length).toBe(8 * 2 * 12 * 8);
  });

  it('names what is out of range', () => {
    const draw = (batch: number, grid: [number, number], options = {}) => drawKeyMasks(seeded(), batch, grid, options);
    expect(() => draw(1, [4, 4], { ratio: 1.1 })).toThrow(/ratio must lie in \[0, 1\], got 1.1/);
    expect(() => draw(1, [4, 4], { ratio: Number.NaN })).toThrow(/ratio must lie in \[0, 1\], got NaN/);
    expect(() => draw(1, [4, 4], { cell: 0 })).toThrow(/cell must be a positive integer, got 0/);
    expect(() => draw(1, [4, 4], { count: 1.5 })).toThrow(/count must be a positive integer, got 1.5/);
    expect(() => draw(0, [4, 4])).toThrow(/batch must be a positive integer, got 0/);
    expect(() => draw(1, [4, 0])).toThrow(/columns must be a positive integer, got 0/);
  });
});

describe('patchImportance', () => {
  const thresholds = { low: 0.25, high: 0.75 };

  it('is 0 up to low, 2 from high on, 1 between, of the strongest class of the image', () => {
    const cam = tf.tensor4d([0, 0.9, 0.25, 0.9, 0.26, 0.9, 0.74, 0.9, 0.75, 0.9, 1, 0.9], [1, 2, 3, 2]);
    const importance = (labels: number[]) => patchImportance(cam, tf.tensor2d([labels]), [2, 3], thresholds).arraySync();
    expect(importance([1, 0])).toEqual([
      [
        [0, 0, 1],
        [1, 2, 2],
      ],
    ]);
    expect(importance([1, 1])).toEqual([
      [
        [2, 2, 2],
        [2, 2, 2],
      ],
    ]);
    expect(importance([0, 0])).toEqual([
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    ]);
  });

  it('resizes the CAM to the patch grid', () => {
    // Left half 0, right half 1: two patches side by side lie well inside the halves.
    const cam = tf.tile(tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 8, 1]), [1, 6, 1, 1]) as tf.Tensor4D;
    expect(patchImportance(cam, tf.tensor2d([[1]]), [3, 2], thresholds).arraySync()).toEqual([
      [
        [0, 2],
        [0, 2],
        [0, 2],
      ],
    ]);
  });

  it('leaves one tensor behind', () => {
    const [cam, labels] = [tf.ones([2, 4, 4, 3]) as tf.Tensor4D, tf.ones([2, 3]) as tf.Tensor2D];
    const before = tf.memory().numTensors;
    patchImportance(cam, labels, [2, 2], thresholds).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names labels that do not fit', () => {
    expect(() => patchImportance(tf.ones([2, 4, 4, 3]), tf.ones([2, 4]), [2, 2], thresholds)).toThrow(
      /labels have shape \[2,4\], expected \[2, 3\] like the CAM \[2,4,4,3\]/,
    );
  });
});

describe('viewFlags', () => {
  // Importance of two images of 1×4 patches, and three views [L, B, h, w] of each.
  const importance = tf.tensor3d([2, 1, 0, 0, 0, 0, 0, 1], [2, 1, 4]);
  const hidden = tf.tensor4d(
    [
      [0, 0, 0, 0], // all visible: 3 of 4
      [0, 0, 0, 0], // 1 of 4
      [1, 1, 0, 0], // only what does not matter
      [1, 1, 1, 0], // only what matters
      [1, 1, 1, 1], // nothing visible
      [1, 1, 1, 1],
    ].flat(),
    [3, 2, 1, 4],
  );

  it('calls a local view positive where its visible patches matter more than the ratio on average', () => {
    expect(viewFlags(importance, hidden).arraySync()).toEqual([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 1, 0],
    ]);
    expect(viewFlags(importance, hidden, 0.75).arraySync()).toEqual([
      [1, 1, 0, 0, 0], // 3 is not more than 0.75 · 4
      [1, 1, 0, 1, 0],
    ]);
  });

  it('leaves one tensor behind', () => {
    const before = tf.memory().numTensors;
    viewFlags(importance, hidden).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names masks that do not fit', () => {
    expect(() => viewFlags(importance, tf.ones([3, 1, 1, 4]))).toThrow(
      /hidden has shape \[3,1,1,4\], expected \[L, 2, 1, 4\] like the importance \[2,1,4\]/,
    );
  });
});
