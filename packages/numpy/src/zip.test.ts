import { describe, expect, it } from 'vitest';
import { FileFormatError, refusal } from './file-format-error.js';
import { zipOf } from './test/zip-writer.js';
import { readZip } from './zip.js';

const refuse = refusal('a.zip', 'zip file', 'Zip it again.');
const read = (bytes: Uint8Array) => new Map([...readZip(bytes, refuse)].map(([name, entry]) => [name, entry.read()]));
const data = Uint8Array.from({ length: 1000 }, (_, i) => i % 7);

/** Finds the n-th directory entry, to damage one of its fields. */
const directory = (bytes: Uint8Array, n = 0) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const starts = [...bytes.keys()].filter(at => at + 4 <= bytes.length && view.getUint32(at, true) === 0x02014b50);
  return { view, at: starts[n]! };
};
const damaged = (change: (view: DataView, at: number, end: number) => void) => {
  const bytes = zipOf([
    { name: 'a', data },
    { name: 'b', data, deflate: true },
  ]);
  const { view, at } = directory(bytes);
  change(view, at, bytes.length - 22);
  return bytes;
};

describe('readZip', () => {
  it('reads stored files in place and unpacks deflated ones', () => {
    const bytes = zipOf([
      { name: 'a/✓', data },
      { name: 'b', data, deflate: true },
      { name: 'empty', data: new Uint8Array(0) },
    ]);
    expect(read(bytes)).toEqual(
      new Map([
        ['a/✓', data],
        ['b', data],
        ['empty', new Uint8Array(0)],
      ]),
    );
    expect(read(bytes).get('a/✓')!.buffer).toBe(bytes.buffer);
  });

  it('reads nothing from an empty archive, and looks behind a comment', () => {
    expect(read(zipOf([]))).toEqual(new Map());
    expect(read(zipOf([{ name: 'a', data }], 'made by hand'))).toEqual(new Map([['a', data]]));
  });

  it.each([
    ['no archive', data, 'no directory at its end'],
    ['a cut archive', zipOf([{ name: 'a', data }]).subarray(0, 900), 'no directory at its end'],
    ['more files than its directory can list', damaged((view, _, end) => view.setUint16(end + 10, 60000, true)), 'cannot list 60000 files'],
    ['a directory outside', damaged((view, _, end) => view.setUint32(end + 16, 1 << 30, true)), 'directory lies outside'],
    ['a damaged directory', damaged((view, at) => view.setUint32(at, 0, true)), 'entry 0 of its directory is damaged'],
    ['a name beyond the directory', damaged((view, at) => view.setUint16(at + 28, 60000, true)), 'entry 0 of its directory is damaged'],
    ['a file outside', damaged((view, at) => view.setUint32(at + 42, 1 << 30, true)), 'file "a" lies outside'],
    ['a length outside', damaged((view, at) => [20, 24].map(field => view.setUint32(at + field, 1 << 30, true))), 'file "a" lies outside'],
    ['two sizes', damaged((view, at) => view.setUint32(at + 24, 1 << 30, true)), '"a" in it has two sizes'],
    ['an encrypted file', damaged((view, at) => view.setUint16(at + 8, 1, true)), '"a" in it is encrypted'],
    ['an unknown method', damaged((view, at) => view.setUint16(at + 10, 14, true)), 'packed by method 14'],
    ['a wrong checksum', damaged((view, at) => view.setUint32(at + 16, 0, true)), 'checksum is wrong'],
    ['a flipped bit', damaged(view => view.setUint8(100, 255)), 'checksum is wrong'],
    ['overlapping files', damaged((view, at) => view.setUint32(at + 46 + 1 + 42, 0, true)), 'overlaps what follows'],
    [
      'two files of a name',
      zipOf([
        { name: 'a', data },
        { name: 'a', data },
      ]),
      'two files called "a"',
    ],
    [
      'a file that unpacks to more',
      damaged((view, at) => view.setUint32(at + 46 + 1 + 24, 999, true)),
      '"b" in it does not unpack to 999 bytes',
    ],
    ['a bomb', bomb(), 'unpack to far more than they should'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(FileFormatError);
    expect(() => read(bytes)).toThrow(message);
  });
});

/** A file that states to unpack to 200 MB. */
function bomb(): Uint8Array {
  return zipOf([{ name: 'zeros', data: new Uint8Array(100), packedFrom: { size: 2e8, crc: 0 } }]);
}
