import { expect, it } from 'vitest';
import { drawKeyMasks, type KeyMasks } from './key-masks.js';
import { listVisiblePatches } from './visible-patches.js';

// Two views of two images of 2×2 patches.
const masks: KeyMasks = {
  count: 2,
  batch: 2,
  grid: [2, 2],
  hidden: Uint8Array.from(
    [
      [1, 0, 1, 1], // view 0, image 0: patch 1
      [0, 1, 0, 0], // view 0, image 1: patches 0, 2, 3
      [1, 1, 1, 1], // view 1, image 0: none
      [1, 1, 1, 0], // view 1, image 1: patch 3
    ].flat(),
  ),
};

it('lists what each view sees, padded by the first patch of the image', () => {
  const { rows, length, patches, padding } = listVisiblePatches(masks);
  expect([rows, length]).toEqual([4, 3]);
  expect([...patches]).toEqual([1, 0, 0, 4, 6, 7, 0, 0, 0, 7, 4, 4]);
  expect([...padding]).toEqual([0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1]);
});

it('rounds the length up, but not beyond the patches that there are', () => {
  expect(listVisiblePatches(masks, 2).length).toBe(4);
  expect(listVisiblePatches(masks, 16).length).toBe(4);
  const blind = { ...masks, hidden: new Uint8Array(16).fill(1) };
  expect(listVisiblePatches(blind).length).toBe(1); // all padding: the encoder still gets a row for each view
  expect([...listVisiblePatches(blind).padding]).toEqual([1, 1, 1, 1]);
});

it('lists every visible patch once, of the right image', () => {
  let state = 3;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  const drawn = drawKeyMasks(random, 3, [7, 5], { count: 4, ratio: 0.6, cell: 2 });
  const { rows, length, patches, padding } = listVisiblePatches(drawn, 4);
  const hidden = new Uint8Array(rows * 35).fill(1);
  for (let row = 0; row < rows; row++)
    for (let i = row * length; i < (row + 1) * length; i++) {
      expect(Math.floor(patches[i]! / 35)).toBe(row % 3);
      if (!padding[i]) hidden[row * 35 + (patches[i]! % 35)]! -= 1;
    }
  expect(hidden).toEqual(drawn.hidden);
});

it('refuses a multiple that is none', () => {
  for (const multiple of [0, -1, 1.5, Number.NaN])
    expect(() => listVisiblePatches(masks, multiple)).toThrow(`multiple must be a positive integer, got ${multiple}`);
});
