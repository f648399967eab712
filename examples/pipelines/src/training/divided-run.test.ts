import { describe, expect, it } from 'vitest';
import { shapes } from '../recipes/shapes.js';
import type { CheckpointInfo } from '../run/checkpoint-info.js';
import { divideRun } from './divided-run.js';

const recipe = { ...shapes, batch: 2, accumulate: 3 };
const saved = (count: number, microBatches: number, iteration: number, position: number) =>
  ({ iteration, recipe, about: { ranks: { count, microBatches }, data: { position } } }) as CheckpointInfo;

describe('divideRun', () => {
  it('gives each rank what the recipe says', () => {
    const { parts, wanted, samplesBefore, remark } = divideRun(recipe, { worldSize: 4 });
    expect([parts, wanted, samplesBefore(0), samplesBefore(10), remark]).toEqual([3, 12, 0, 240, undefined]);
  });

  it('keeps the samples of an iteration where another number of ranks can share them', () => {
    const half = divideRun(recipe, { worldSize: 2 }, saved(4, 12, 10, 240));
    expect([half.parts, half.wanted, half.samplesBefore(10), half.samplesBefore(11)]).toEqual([6, 12, 240, 264]);
    expect(half.remark).toBe('From here on with 2 ranks instead of 4, each with 6 × 2 images an iteration: together as many as before');
    expect(divideRun(recipe, { worldSize: 4 }, saved(4, 12, 10, 240)).remark).toBeUndefined();
  });

  it('says where they cannot, and goes on in the epoch where the run was', () => {
    const odd = divideRun(recipe, { worldSize: 5 }, saved(4, 12, 10, 240));
    expect([odd.parts, odd.wanted, odd.samplesBefore(10), odd.samplesBefore(11)]).toEqual([2, 12, 240, 260]);
    expect(odd.remark).toContain('20 images an iteration instead of 24');
    expect(divideRun(recipe, { worldSize: 99 }, saved(4, 12, 10, 240)).parts).toBe(1);
  });
});
