import { expect, it } from 'vitest';
import { countsOfLabel } from './label-counts.js';
import { paintRuns, runsOfCounts } from './run-length.js';

it('counts down the columns', () => {
  const map = { width: 3, height: 2, data: Uint8Array.of(0, 2, 2, 0, 0, 2) };
  expect(countsOfLabel(map, 2)).toEqual({ counts: [2, 1, 1, 2], area: 3, box: [1, 0, 2, 2] });
  expect(countsOfLabel(map, 1)).toBeNull();
  expect(countsOfLabel({ width: 1, height: 1, data: Uint8Array.of(1) }, 1)).toEqual({ counts: [0, 1], area: 1, box: [0, 0, 1, 1] });
});

it('is read back as the same pixels', () => {
  const size = { width: 13, height: 7 };
  const data = Uint8Array.from({ length: 91 }, (_, i) => (i * 7) % 3);
  const painted = { ...size, data: new Uint8Array(91) };
  for (const label of [1, 2]) paintRuns(painted, runsOfCounts(countsOfLabel({ ...size, data }, label)!.counts, size), label);
  expect(painted.data).toEqual(data);
});
