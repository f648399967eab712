import { expect, it } from 'vitest';
import { indicesOfRuns } from './bmp-runs.js';

const size = { width: 4, height: 2, bits: 8 };

it('repeats, copies, goes on to the next row and passes over', () => {
  const runs = Uint8Array.of(3, 7, 0, 0, 0, 2, 1, 0, 0, 3, 4, 5, 6, 0, 0, 1);
  expect([...indicesOfRuns(runs, size)]).toEqual([7, 7, 7, 0, 0, 4, 5, 6]);
});

it('has two indices of four bits in a byte, and whole words', () => {
  const runs = Uint8Array.of(3, 0x12, 0, 0, 0, 4, 0x34, 0x56, 0, 1);
  expect([...indicesOfRuns(runs, { ...size, bits: 4 })]).toEqual([1, 2, 1, 0, 3, 4, 5, 6]);
});

it('says when runs are truncated or do not fit', () => {
  expect(() => indicesOfRuns(Uint8Array.of(4, 7, 0, 0, 0, 4, 1), size)).toThrow('its runs of pixels are truncated');
  expect(() => indicesOfRuns(Uint8Array.of(5, 7, 0, 1), size)).toThrow('its runs of pixels go beyond its size');
  expect(() => indicesOfRuns(Uint8Array.of(0, 2, 0, 200, 1, 1), size)).not.toThrow();
});
