import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonElements } from './json-elements.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-json-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'a.json');
const read = (content: string | Uint8Array, ...wanted: string[]) => {
  writeFileSync(file, content);
  return [...jsonElements(file, wanted.length ? wanted : ['a', 'b'])];
};
const text = `{ "info": {"x": "}]\\"["}, "a": [ {"id": 1, "s": "[{\\\\"}, [2, [3]] ,-1.5e3,"x\\"]", true ], "c":null,"b":[],\n"d":12 }\n`;

describe('jsonElements', () => {
  it('gives the elements of the wanted lists, and where they are', () => {
    const elements = read(text);
    expect(elements.map(({ value }) => value)).toEqual([{ id: 1, s: '[{\\' }, [2, [3]], -1500, 'x"]', true]);
    expect(elements.map(({ list, index }) => `${list}${index}`)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    for (const { start, length, value } of elements) expect(JSON.parse(text.slice(start, start + length))).toEqual(value);
    expect(read('{}')).toEqual([]);
    expect(read('\uFEFF {"a": ["é", "ü"]}').map(({ value, start }) => [value, start])).toEqual([
      ['é', 11],
      ['ü', 17],
    ]);
  });

  it('reads elements larger than its window, wherever they lie', () => {
    const lists = Array.from({ length: 9 }, (_, i) => ({ i, text: '"\\é[{'.repeat(i * 30_000 + 1) }));
    const elements = read(JSON.stringify({ z: [lists[8]], a: lists }));
    expect(elements.map(({ value }) => value)).toEqual(lists);
  });

  it('ends with an error wherever the file is cut off', () => {
    const whole = text.trimEnd();
    for (let length = 1; length < whole.length; length++)
      expect(() => read(whole.slice(0, length))).toThrow(new RegExp(`a\\.json (ends at byte ${length}, .* it is truncated|is malformed)`));
    expect(() => read('{"a": [{"id": 1}, {"id": 2')).toThrow('ends at byte 26, inside a[1]: it is truncated; copy or download it again');
    expect(() => read('{"a": [1, 2')).toThrow('ends at byte 11, where it was expected "," or "]" after a[1]');
  });

  it.each([
    ['[1, 2]', 'is malformed at byte 0: expected a JSON object, found "["'],
    ['{"a": {}}', 'is malformed at byte 6: expected "a" to be a list, which begins with "[", found "{"'],
    ['{"a" [1]}', 'is malformed at byte 5: expected ":" after "a", found "["'],
    ['{"a": [1 2]}', 'is malformed at byte 9: expected "," or "]" after a[0], found "2"'],
    ['{"a": [1,,2]}', 'is malformed at byte 9: expected a[1], found ","'],
    ['{"a": [1], 5: 6}', 'is malformed at byte 11: expected a name in quotes, found "5"'],
    ['{"a": [1]} x', 'is malformed at byte 11: expected the end of the file, found "x"'],
    ['{"a": [{"id": 1}, {"id" 2}]}', 'is malformed at byte 24, in a[1]: '],
    ['{"a": ["é", {"id" 2}]}', 'is malformed at byte 19, in a[1]: '],
    ['{"a": [[1}]}', 'is malformed at byte 9, in a[0]: '],
    ['{"a": [nan]}', 'is malformed in a[0], which begins at byte 7: '],
    ['<html>', 'is malformed at byte 0: expected a JSON object, found "<"'],
    ['', 'cannot read'],
    ['version https://git-lfs.github.com/spec/v1\noid', 'it is a Git LFS pointer'],
  ])('refuses %s', (content, message) => {
    expect(() => read(content)).toThrow(message);
    expect(() => read(content)).toThrow(file);
  });

  it('takes NaN and Infinity, which Python writes, for null', () => {
    expect(read('{"a": [[NaN, -Infinity, 1], "NaN, \\"NaN", {"x": NaN}, 2]}').map(({ value }) => value)).toEqual([
      [null, null, 1],
      'NaN, "NaN',
      { x: null },
      2,
    ]);
    expect(() => read('{"a": [[NaN, nan]]}')).toThrow('is malformed in a[0]');
  });

  it.each(['utf16le', 'with a mark'])('says that a file is in UTF-16 (%s)', kind => {
    const bytes = Buffer.from(`${kind === 'utf16le' ? '' : '\uFEFF'}{"a": []}`, 'utf16le');
    expect(() => read(bytes)).toThrow(`cannot read ${file}: it is in UTF-16; save it in UTF-8, as JSON is`);
  });

  it('names a file that is not there', () => {
    expect(() => [...jsonElements(join(folder, 'b.json'), ['a'])]).toThrow(/cannot read .*b\.json: the file does not exist/);
  });
});
