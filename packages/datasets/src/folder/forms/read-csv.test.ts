import { expect, it } from 'vitest';
import { readCsv } from './read-csv.js';

const fields = (text: string) => readCsv(text).map(row => row.fields);

it('reads rows, quotes, Windows line ends and blank lines', () => {
  expect(fields('a,b\r\n1, 2 \r\n\r\n"x, ""y""\nz",\n')).toEqual([
    ['a', 'b'],
    ['1', '2'],
    ['x, "y"\nz', ''],
  ]);
  expect(fields('\uFEFFa')).toEqual([['a']]);
  expect(fields('')).toEqual([]);
  expect(fields('\n\n')).toEqual([]);
  expect(fields('a,')).toEqual([['a', '']]);
});

it('knows the lines', () => {
  expect(readCsv('a\n\n"b\nc"\nd').map(({ line }) => line)).toEqual([1, 3, 5]);
});

it('names the line of a lost quote', () => {
  expect(() => readCsv('a,b\n"c,d\n')).toThrow('line 2: a quote is out of place or never closed');
  expect(() => readCsv('a"b\n')).toThrow('line 1');
});
