import { createRandom } from '@wsss/datasets';
import { expect, it } from 'vitest';
import { countImage, sparse } from './image-counts.js';
import { thresholdCounts } from './threshold-counts.js';

it('counts a pixel as background where its value is at most the threshold', () => {
  const counts = thresholdCounts(Float32Array.of(0.2, 0.5, 0.9, 0.9), [1, 1, 1, 2], [0, 1, 1, 255], 3, [0.1, 0.2, 0.5, 0.9]);
  expect(counts).toEqual([
    [1, 1, 4, 2],
    [0, 1, 4, 2],
    [0, 1, 3, 1, 4, 1],
    [0, 1, 3, 2],
  ]);
});

it('is what comparing at one threshold after the other gives', () => {
  const random = createRandom(3, 'values');
  const draw = (below: number) => Array.from({ length: 200 }, () => Math.floor(below * random.uniform()));
  const value = Float32Array.from(draw(11), v => v / 10);
  const [label, truth, thresholds] = [draw(4), draw(6).map(t => (t === 5 ? 255 : t)), [0, 0.3, 0.45, 1]];
  const known = truth.map(t => (t === 4 ? 255 : t));
  thresholdCounts(value, label, known, 4, thresholds).forEach((counts, i) => {
    const prediction = label.map((l, p) => (value[p]! > Math.fround(thresholds[i]!) ? l : 0));
    expect(counts).toEqual(countImage({ index: 0, id: '' }, { one: prediction }, known, 4).counts.one);
  });
});

it('refuses thresholds out of order', () => {
  expect(() => thresholdCounts(Float32Array.of(0), [0], [0], 2, [0.5, 0.4])).toThrow('must ascend');
});

it('sparse lists what is not 0', () => {
  expect(sparse([0, 3, 0, 1])).toEqual([1, 3, 3, 1]);
});
