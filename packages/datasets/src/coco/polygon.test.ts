import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { boxPolygon, polygonRuns } from './polygon.js';
import { paintRuns } from './run-length.js';

/** Rows of the image, # inside. */
function drawn(points: number[], width = 5, height = 4): string[] {
  const map = { width, height, data: new Uint8Array(width * height) };
  paintRuns(map, polygonRuns(points, map), 1);
  return Array.from({ length: height }, (_, y) => Array.from(map.data.subarray(y * width, (y + 1) * width), v => (v ? '#' : '.')).join(''));
}

describe('polygonRuns', () => {
  it('fills what has its middle inside', () => {
    expect(drawn([1, 1, 4, 1, 4, 3, 1, 3])).toEqual(['.....', '.###.', '.###.', '.....']);
    expect(drawn([0, 0, 5, 0, 5, 4, 0, 4])).toEqual(['#####', '#####', '#####', '#####']);
    expect(drawn([0, 0, 5, 4, 0, 4])).toEqual(['#....', '##...', '###..', '####.']);
    expect(drawn([1.6, 1.6, 1.8, 1.6, 1.8, 1.8])).toEqual(['.....', '.....', '.....', '.....']); // between middles
  });

  it('fills even and odd parts by turns', () => {
    const twice = [1, 1, 4, 1, 4, 3, 1, 3, 1, 1, 4, 1, 4, 3, 1, 3];
    expect(drawn(twice)).toEqual(['.....', '.....', '.....', '.....']);
  });

  it('cuts off what lies beyond the image', () => {
    expect(drawn([-3, -3, 2, -3, 2, 2, -3, 2])).toEqual(['##...', '##...', '.....', '.....']);
    expect(drawn([3, 2, 9, 2, 9, 9, 3, 9])).toEqual(['.....', '.....', '...##', '...##']);
    expect(drawn([0, 0, 1, 0, 1, 1, 0, 1], 1, 1)).toEqual(['#']);
  });

  it('is the same in either direction, from any corner, and with a corner given twice', () => {
    const random = createRandom(5);
    for (let i = 0; i < 200; i++) {
      const corners = Array.from({ length: 3 + (i % 5) }, () => [random.uniform() * 34 - 2, random.uniform() * 24 - 2]);
      const runs = (list: number[][]) => polygonRuns(list.flat(), { width: 30, height: 20 });
      const expected = runs(corners);
      expect(runs([...corners].reverse())).toEqual(expected);
      expect(runs([...corners.slice(2), ...corners.slice(0, 2)])).toEqual(expected);
      expect(runs([corners[0]!, ...corners])).toEqual(expected);
    }
  });

  it('makes boxes polygons', () => {
    expect(boxPolygon([1, 2, 3, 1])).toEqual([1, 2, 1, 3, 4, 3, 4, 2]);
    expect(drawn(boxPolygon([1, 2, 3, 1]))).toEqual(['.....', '.....', '.###.', '.....']);
  });
});
