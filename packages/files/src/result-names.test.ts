import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classFileNames, resultName, resultNames } from './result-names.js';
import { hostileNames } from './test/hostile-names.js';

describe('resultNames', () => {
  it('leaves alone what every system takes', () => {
    const names = ['2007_000033', 'birds/robin 1', 'v1.0/a', 'Émile', '図/猫', 'a.png', 'a-b', '~x'];
    expect(resultNames(names)).toEqual(names);
  });

  it.each([
    '../../keep',
    '/etc/passwd',
    'a/../../b',
    '..',
    '.',
    '',
    'a//b',
    'a/',
    './a',
    '.ssh/x',
    'C:\\x',
    'c:x',
    '\\\\host\\share',
    'CON',
    'x/nul.png',
    'com¹',
    'a\u0000b',
    'a\nb',
    'a\u001b[2Jb',
    'a\u202eb',
    'a.',
    'a ',
    'x'.repeat(300),
    `${'a/'.repeat(100)}b`,
    'e\u0301',
    '\ud800',
    'a.png/b',
    'a?b',
    resultName('../x'),
  ])('makes one file inside of %j', name => {
    const path = resultName(name);
    expect(path).toMatch(/^[\p{L}\p{N}_]+~[0-9a-f]{24}$/u);
    expect(Buffer.byteLength(path)).toBeLessThan(100);
  });

  it('tells apart what a disk may take for one file', () => {
    const names = ['A', 'a', 'straße', 'STRASSE', '\u00e9', 'e\u0301', 'ﬁ', 'fi', 'b'];
    const paths = resultNames(names);
    expect(new Set(paths.map(path => path.normalize('NFKC').toUpperCase())).size).toBe(names.length);
    expect(paths.at(-1)).toBe('b');
  });

  it('tells apart names that would become alike', () => {
    const paths = resultNames(['a.png', 'a.jpg', 'b.jpg'], name => name.replace(/\.\w+$/, ''));
    expect(paths[2]).toBe('b');
    expect(paths[0]).toMatch(/^a_png~/);
    expect(paths[1]).toMatch(/^a_jpg~/);
  });

  it('refuses two records of one name', () => {
    expect(() => resultNames(['a', 'b\u001b', 'b\u001b'])).toThrow('records 1 and 2 (counted from 0) are both called b\\u001b');
  });

  it('puts 2 000 hostile names into as many places inside', () => {
    const paths = resultNames(hostileNames(2000, 5));
    const places = paths.map(path => resolve('/out/labels', `${path}.png`));
    expect(new Set(places.map(place => place.toLowerCase())).size).toBe(2000);
    for (const place of places) expect(place.startsWith('/out/labels/')).toBe(true);
    for (const path of paths) for (const part of path.split('/')) expect(Buffer.byteLength(part)).toBeLessThan(180);
  });
});

describe('classFileNames', () => {
  it('keeps names, and makes of the rest letters, digits and _', () => {
    expect(classFileNames(['dog', 'traffic light', 'Tür'])).toEqual(['dog', 'traffic_light', 'Tür']);
  });

  it('numbers what would be alike, empty, or mean something else', () => {
    expect(classFileNames(['a/b', 'a-b', 'c', '…', 'auxiliary', 'C'])).toEqual(['a_b~0', 'a_b~1', 'c~2', '_~3', 'auxiliary~4', 'C~5']);
  });

  it('cuts long ones, and tells them apart', () => {
    const [a, b] = classFileNames([`${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`]);
    expect(a).not.toBe(b);
    expect(a!.length).toBeLessThan(40);
  });
});
