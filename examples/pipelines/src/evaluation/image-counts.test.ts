import { expect, it } from 'vitest';
import { addUp, countImage } from './image-counts.js';

const first = countImage({ index: 0, id: 'a', f1: 1 }, { segmentation: [0, 1, 1, 2] }, [0, 1, 2, 255], 3);
const second = countImage({ index: 1, id: 'b', f1: 0.5 }, { segmentation: [2, 2] }, [2, 1], 3);

it('keeps the cells that are not 0', () => {
  expect(first).toEqual({ index: 0, id: 'a', f1: 1, counts: { segmentation: [0, 1, 4, 1, 7, 1] } });
});

it('adds images up in any order, each once', () => {
  const totals = addUp([second, first, second], ['segmentation'], 3);
  expect(totals.images).toBe(2);
  expect([...totals.matrices.segmentation!.counts]).toEqual([1, 0, 0, 0, 1, 1, 0, 1, 1]);
  expect(totals.f1).toBe(0.75);
  expect(addUp([first, second], ['segmentation'], 3)).toEqual(totals);
});

it('has no mean of nothing', () => {
  expect(addUp([], ['segmentation'], 2)).toMatchObject({ images: 0, f1: Number.NaN });
});
