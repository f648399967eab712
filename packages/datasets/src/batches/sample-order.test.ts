import { expect, it } from 'vitest';
import { recordsBetween, sampleOrder } from './sample-order.js';

it('is a permutation in each epoch, each another', () => {
  const recordAt = sampleOrder(10, 3);
  const epochs = [0, 1, 2].map(epoch => Array.from({ length: 10 }, (_, i) => recordAt(epoch * 10 + i)));
  for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(epochs.map(String)).size).toBe(3);
  expect(recordAt(0)).toBe(epochs[0]![0]); // an earlier epoch can be asked for again
});

it('gives each stream groups of its own', () => {
  const [length, groups, streams] = [13, [0, 3, 6, 9, 11], { count: 2, batchSize: 2 }];
  const recordAt = sampleOrder(length, 3, groups, streams);
  const whole = sampleOrder(length, 3, groups);
  const streamAt = (position: number) => Math.floor(position / 2) % 2;
  for (const epoch of [0, 1, 2]) {
    const positions = Array.from({ length }, (_, i) => epoch * length + i);
    // One after the other, the streams take what the epoch is without them, from its first group to its last.
    const byStream = [0, 1].flatMap(stream => positions.filter(position => streamAt(position) === stream));
    expect(byStream.map(recordAt)).toEqual(positions.map(whole));
  }
  expect(recordsBetween(length, 3, 0, 4, groups, streams)).toEqual([0, 1, 2, 3].map(recordAt).sort((a, b) => a - b));
  const one = sampleOrder(length, 3, groups, { count: 1, batchSize: 2 });
  const noGroups = sampleOrder(length, 3, [0], streams);
  for (let position = 0; position < 30; position++) {
    expect(one(position)).toBe(whole(position));
    expect(noGroups(position)).toBe(sampleOrder(length, 3)(position));
  }
});

it('knows which records will be read', () => {
  const recordAt = sampleOrder(10, 3);
  expect(recordsBetween(10, 3, 7, 12)).toEqual([...new Set([7, 8, 9, 10, 11].map(recordAt))].sort());
  expect(recordsBetween(10, 3, 5, 24)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(recordsBetween(10, 3, 4, 4)).toEqual([]);
});
