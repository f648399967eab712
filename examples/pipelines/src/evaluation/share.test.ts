import { SingleProcess } from '@wsss/parallel';
import { describe, expect, it } from 'vitest';
import { dealtTo } from './share.js';

/** Batches of each rank. */
const dealt = (size: number, length: number, batch?: number, groups?: number[]) => {
  const batches = Array.from({ length: Math.ceil(length / (batch ?? 1)) }, (_, i) => i);
  return Array.from({ length: size }, (_, rank) => {
    return batches.filter(dealtTo({ rank, worldSize: size }, { length, groups }, batch));
  });
};

describe('dealtTo', () => {
  it('deals out batches in turn', () => {
    expect(dealt(3, 8)).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5],
    ]);
    expect(dealt(2, 8, 3)).toEqual([[0, 2], [1]]);
  });

  it('leaves records together that lie together', () => {
    expect(dealt(3, 8, 1, [0, 3, 6])).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7],
    ]);
    expect(dealt(2, 8, 3, [0, 4])).toEqual([[0, 1], [2]]);
    expect(dealt(4, 2, 1, [0, 1]).flat()).toEqual([0, 1]);
  });

  it('gives all to a job of one process', () => {
    expect([0, 1, 7].every(dealtTo(new SingleProcess(), { length: 8, groups: [0, 3] }))).toBe(true);
  });
});
