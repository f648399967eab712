import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFormatError } from '@wsss/numpy';
import { describe, expect, it } from 'vitest';
// The writers of pickles and zip archives are for tests alone and no part of the package.
import * as op from '../../../numpy/src/test/pickle-writer.js';
import { zipOf } from '../../../numpy/src/test/zip-writer.js';
import { parsePytorch } from './parse-pytorch.js';

const { pickleOf, text, global, REDUCE, TUPLE1, NONE, MARK } = op;
const TUPLE = 0x74;
const int = (value: number) =>
  value >= 0 && value < 256 ? [0x4b, value] : [0x8a, 8, ...new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)];
const tuple = (...items: (number | number[])[]) => [MARK, ...items.flat(), TUPLE];
const storage = (key: string, count: number, type = 'FloatStorage') => [
  ...tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(count)),
  0x51,
];
const tensor = (of: number[], offset: number, shape: number[], strides: number[]) => [
  ...global('torch._utils', '_rebuild_tensor_v2'),
  ...tuple(of, int(offset), tuple(...shape.map(int)), tuple(...strides.map(int)), 0x89, NONE),
  REDUCE,
];
const values = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const file = (...instructions: (number | number[] | string)[]) =>
  zipOf([
    { name: 'x/data.pkl', data: pickleOf(...instructions) },
    { name: 'x/byteorder', data: new TextEncoder().encode('little') },
    { name: 'x/data/0', data: values },
  ]);

it('writes what the reader reads', () => {
  expect(parsePytorch(file(tensor(storage('0', 4), 1, [3, 1], [1, 7]))).tensors).toEqual(
    new Map([['tensor', { shape: [3, 1], data: Float32Array.of(2, 3, 4) }]]),
  );
});

it('reads what lies beside a huge list, a dict of tuples, and objects of any class', () => {
  const many = [op.EMPTY_LIST, MARK, ...Array<number[]>(1000).fill(int(1)).flat(), op.APPENDS];
  const state = [op.EMPTY_DICT, text('w'), tensor(storage('0', 4), 0, [4], [1]), op.SETITEM].flat();
  const more = (key: string, ...value: (number | number[])[]) => [...text(key), ...value.flat(), op.SETITEM];
  const object = [...global('my.pkg', 'Thing'), op.EMPTY_TUPLE, 0x81, op.EMPTY_DICT, op.BUILD];
  const { tensors, opaque, metadata } = parsePytorch(
    file(
      state,
      more('many', many),
      more('object', object),
      more('storage', storage('0', 4)),
      more('ring', op.EMPTY_LIST, op.MEMOIZE, op.BINGET(0), op.APPEND),
      more('objects', op.EMPTY_LIST, object, op.APPEND),
      more('items', object, text('k'), NONE, op.SETITEM),
      more(
        'keys',
        op.EMPTY_DICT,
        op.EMPTY_TUPLE,
        NONE,
        op.SETITEM,
        int(1),
        text('number'),
        op.SETITEM,
        text('1'),
        text('text'),
        op.SETITEM,
      ),
    ),
  );
  expect([...tensors.keys()]).toEqual(['w']);
  expect(Object.fromEntries(opaque)).toEqual({
    storage: 'torch.FloatStorage of 4 elements',
    'ring.0': 'it contains itself',
    object: 'my.pkg.Thing',
    'objects.0': 'my.pkg.Thing',
    items: 'my.pkg.Thing',
  });
  expect(metadata).toEqual({ many: '1000 values', 'keys.()': 'null', 'keys.1 (number)': 'number', 'keys.1': 'text' });
});

describe('a hostile file', () => {
  it('does not run a command', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
    for (const [module, name] of [
      ['os', 'system'],
      ['posix', 'system'],
      ['subprocess', 'check_output'],
      ['builtins', 'exec'],
      ['builtins', 'getattr'],
    ])
      expect(() => parsePytorch(file(global(module!, name!), text(`touch ${join(folder, 'victim')}`), TUPLE1, REDUCE), 'evil.pth')).toThrow(
        `it names "${module}.${name}", which is not plain data; nothing was executed`,
      );
    expect(readdirSync(folder)).toEqual([]);
  });

  const whole = storage('0', 4);
  it.each([
    ['a storage that is longer than its file', file(tensor(storage('0', 5), 0, [5], [1])), 'storage 0 of 5 elements has 16 bytes, not 20'],
    ['a storage that is not there', file(tensor(storage('1', 4), 0, [4], [1])), 'storage "1" is missing'],
    ['a storage outside of the file', file(tensor(storage('../../etc/passwd', 4), 0, [4], [1])), 'is missing in it'],
    [
      'a storage of two types',
      file(MARK, tensor(whole, 0, [1], [1]), tensor(storage('0', 4, 'IntStorage'), 0, [1], [1]), TUPLE),
      'in two ways',
    ],
    ['a tensor beyond its storage', file(tensor(whole, 1, [4], [1])), 'reaches beyond its storage of 4 elements'],
    ['strides beyond the storage', file(tensor(whole, 0, [2, 2], [1, 3])), 'reaches beyond its storage'],
    ['strides beyond counting', file(tensor(whole, 0, [2], [Number.MAX_SAFE_INTEGER])), 'reaches beyond its storage'],
    ['a shape beyond counting', file(tensor(whole, 0, [2 ** 40, 2 ** 40], [0, 0])), 'too many elements to count'],
    ['a tensor that repeats one value without end', file(tensor(whole, 0, [2 ** 40], [0])), 'repeat the same few values'],
    [
      'a thousand tensors of a million equal values',
      file(MARK, ...Array<number[]>(1000).fill(tensor(whole, 0, [2 ** 20], [0])), TUPLE),
      'repeat the same few values',
    ],
    ['a negative stride', file(tensor(whole, 3, [2], [-1])), 'no integers ≥ 0'],
    ['fewer strides than sizes', file(tensor(whole, 0, [2, 2], [1])), 'no integers ≥ 0'],
    ['too many axes', file(tensor(whole, 0, Array(33).fill(1), Array(33).fill(1))), 'no list of at most 32 sizes'],
    ['a tensor of a list', file(tensor([op.EMPTY_LIST], 0, [], [])), 'makes a tensor without a storage'],
    ['a storage that is called', file(global('torch', 'FloatStorage'), op.EMPTY_TUPLE, REDUCE), 'calls what cannot be called'],
    ['a list in itself', file(op.EMPTY_LIST, op.MEMOIZE, op.BINGET(0), op.APPEND), 'it contains itself'],
    ['2⁴⁰ shared lists', file(tensor(whole, 0, [1], [1]), ...Array<number[]>(40).fill([op.DUP, op.TUPLE2])), 'more than 200000 values'],
    [
      'what reads a file, among weights',
      file(
        op.EMPTY_DICT,
        text('w'),
        tensor(whole, 0, [4], [1]),
        op.SETITEM,
        text('x'),
        global('builtins', 'open'),
        text('/etc/passwd'),
        TUPLE1,
        REDUCE,
        op.SETITEM,
      ),
      'it names "builtins.open"',
    ],
    [
      'getattr of what is no class',
      file(global('builtins', 'getattr'), tuple(text('a'), text('b')), REDUCE),
      'it names "builtins.getattr", which is not plain data; nothing was executed',
    ],
    [
      'a tensor of another type than any',
      file(global('torch._utils', '_rebuild_tensor_v3'), tuple(whole, int(0), tuple(), tuple(), 0x89, NONE, NONE), REDUCE),
      'a tensor of an unknown type',
    ],
    ['a device of a number', file(global('torch', 'device'), int(1), TUPLE1, REDUCE), 'a device by what is no text'],
    ['a Counter of a list', file(global('collections', 'Counter'), op.EMPTY_LIST, TUPLE1, REDUCE), 'a Counter of what is no dict'],
    ['a set of a number', file(global('builtins', 'set'), int(1), TUPLE1, REDUCE), 'a set of what is no list'],
    ['a bytearray of a number', file(global('builtins', 'bytearray'), int(1), TUPLE1, REDUCE), 'encodes what is no text of bytes'],
    ['a complex number of text', file(global('builtins', 'complex'), tuple(text('a'), text('b')), REDUCE), 'of what are no numbers'],
    [
      'two tensors of a name',
      file(op.EMPTY_DICT, text('a.b'), NONE, op.SETITEM, text('a'), op.EMPTY_DICT, text('b'), NONE, op.SETITEM, op.SETITEM),
      'two values called "a.b"',
    ],
    ['two pickles', zipOf(['x/data.pkl', 'y/data.pkl'].map(name => ({ name, data: pickleOf(NONE) }))), '2 files called data.pkl'],
    [
      'big-endian numbers',
      zipOf([
        { name: 'x/data.pkl', data: pickleOf(NONE) },
        { name: 'x/byteorder', data: new TextEncoder().encode('big') },
      ]),
      'big-endian',
    ],
  ])('is refused: %s', (_, bytes, message) => {
    expect(() => parsePytorch(bytes, 'evil.pth')).toThrow(FileFormatError);
    expect(() => parsePytorch(bytes, 'evil.pth')).toThrow(message);
  });
});
