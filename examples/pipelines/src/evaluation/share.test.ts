import type { Communicator } from '@wsss/parallel';
import { SingleProcess } from '@wsss/parallel';
import { describe, expect, it } from 'vitest';
import { evaluationShare } from './share.js';

/** Batches of each rank. */
const dealt = (worldSize: number, length: number, batch?: number, groups?: number[]) => {
  const batches = Array.from({ length: Math.ceil(length / (batch ?? 1)) }, (_, i) => i);
  return Array.from({ length: worldSize }, (_, rank) => {
    const share = evaluationShare({ rank, worldSize } as Communicator, { length, groups }, batch)!;
    return batches.filter(index => share.isMine(index));
  });
};

describe('evaluationShare', () => {
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

  it('is not there for a job of one process', () => {
    expect(evaluationShare(new SingleProcess(), { length: 8 })).toBeUndefined();
  });
});
