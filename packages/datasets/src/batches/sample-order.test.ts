import { expect, it } from 'vitest';
import { recordsBetween, sampleOrder } from './sample-order';

it('is a permutation in each epoch, each another', () => {
  const recordAt = sampleOrder(10, 3);
  const epochs = [0, 1, 2].map(epoch => Array.from({ length: 10 }, (_, i) => recordAt(epoch * 10 + i)));
  for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(epochs.map(String)).size).toBe(3);
  expect(recordAt(0)).toBe(epochs[0]![0]); // an earlier epoch can be asked for again
});

it('knows which records will be read', () => {
  const recordAt = sampleOrder(10, 3);
  expect(recordsBetween(10, 3, 7, 12)).toEqual([...new Set([7, 8, 9, 10, 11].map(recordAt))].sort());
  expect(recordsBetween(10, 3, 5, 24)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(recordsBetween(10, 3, 4, 4)).toEqual([]);
});
