import { describe, expect, it } from 'vitest';
import { decodeCounts, paintRuns, runsOfCounts } from './run-length.js';

const size = { width: 3, height: 2 };
const painted = (counts: number[]) => {
  const map = { ...size, data: new Uint8Array(6) };
  paintRuns(map, runsOfCounts(counts, size), 7);
  return [...map.data];
};

describe('run lengths', () => {
  it('go down the columns, outside first', () => {
    expect(painted([1, 2, 3])).toEqual([0, 7, 0, 7, 0, 0]);
    expect(painted([0, 6])).toEqual([7, 7, 7, 7, 7, 7]);
    expect(painted([6])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(painted([5, 1, 0])).toEqual([0, 0, 0, 0, 0, 7]);
  });

  it('leave labels that are there', () => {
    const map = { ...size, data: Uint8Array.of(0, 3, 0, 255, 0, 0) };
    paintRuns(map, [0, 6], 7);
    expect([...map.data]).toEqual([7, 3, 7, 255, 7, 7]);
  });

  it('add up to the image', () => {
    expect(() => runsOfCounts([1, 2], size)).toThrow('its run lengths add up to 3, but the image has 3×2 = 6 pixels');
    expect(() => runsOfCounts([1, 2, 4], size)).toThrow('add up to 7');
    expect(() => runsOfCounts([7, -1], size)).toThrow('count 1 of its run lengths is -1, expected a whole number of at least 0');
    expect(() => runsOfCounts([1.5, 4.5], size)).toThrow('count 0 of its run lengths is 1.5');
    expect(() => runsOfCounts(['6'] as never, size)).toThrow('is "6"');
  });
});

describe('decodeCounts', () => {
  it('reads 5 bits a character, the lowest first', () => {
    expect(decodeCounts('123')).toEqual([1, 2, 3]);
    expect(decodeCounts('P1')).toEqual([32]); // 'P' is 32: bits 0 and more to follow; '1' is 1 · 32
    expect(decodeCounts('P2M4')).toEqual([64, -3, 4]); // 'M' is 29: bits 29, the highest of them the sign
    expect(decodeCounts('')).toEqual([]);
  });

  it('adds the count two before from the fourth on', () => {
    expect(decodeCounts('12345')).toEqual([1, 2, 3, 2 + 4, 3 + 5]);
    expect(decodeCounts('1235M')).toEqual([1, 2, 3, 7, 0]);
  });

  it('names what is impossible', () => {
    expect(() => decodeCounts('12P')).toThrow('its compressed run lengths end inside a number');
    expect(() => decodeCounts('1 2')).toThrow('its compressed run lengths have the impossible character " "');
    expect(() => decodeCounts('1é')).toThrow('impossible character "é"');
  });
});
