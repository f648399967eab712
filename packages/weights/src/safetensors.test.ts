import { describe, expect, it } from 'vitest';
import { parseSafetensors, serializeSafetensors } from './safetensors.js';
import type { StateDict } from './weights-content.js';

function file(header: unknown, data: number[] = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

describe('safetensors', () => {
  it('reads a file written by hand', () => {
    const bytes = file(
      {
        __metadata__: { made: 'by hand' },
        x: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
        flag: { dtype: 'BOOL', shape: [], data_offsets: [8, 9] },
      },
      [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 1],
    );
    const { tensors, metadata } = parseSafetensors(bytes);
    expect(metadata).toEqual({ made: 'by hand' });
    expect([...tensors.get('x')!.data]).toEqual([1, -2]);
    expect(tensors.get('flag')).toEqual({ shape: [], data: Uint8Array.of(1) });
  });

  it('takes metadata of null for none', () => {
    expect(parseSafetensors(file({ __metadata__: null }))).toEqual({
      ...{ tensors: new Map(), integers: new Map(), metadata: {}, types: new Map(), opaque: new Map() },
    });
  });

  it('widens half, brain and double floats and small integers', () => {
    const data = [
      0x00, 0x3c, /* F16 1 */ 0x80, 0x3f, /* BF16 1 */ 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, /* F64 0.5 */ 0xff, /* I8 -1 */ 5, 0, 0, 0, 0, 0, 0,
      0 /* I64 5 */,
    ];
    const entry = (dtype: string, begin: number, end: number) => ({ dtype, shape: [1], data_offsets: [begin, end] });
    const { tensors } = parseSafetensors(
      file(
        { h: entry('F16', 0, 2), b: entry('BF16', 2, 4), d: entry('F64', 4, 12), i: entry('I8', 12, 13), l: entry('I64', 13, 21) },
        data,
      ),
    );
    expect(['h', 'b', 'd', 'i', 'l'].map(name => tensors.get(name)!.data[0])).toEqual([1, 1, 0.5, -1, 5]);
  });

  it('keeps integers beyond 32 bits apart, exactly, and writes them back', () => {
    const data = Int32Array.of(0, 256, 7, 0, -1, -1, -1, 0x7fffffff);
    const header = {
      a: { dtype: 'I64', shape: [2], data_offsets: [0, 16] },
      b: { dtype: 'U64', shape: [1], data_offsets: [16, 24] },
      c: { dtype: 'U32', shape: [1], data_offsets: [24, 28] },
      d: { dtype: 'I32', shape: [1], data_offsets: [28, 32] },
    };
    const read = parseSafetensors(file(header, [...new Uint8Array(data.buffer)]));
    expect([...read.tensors.keys()]).toEqual(['d']);
    expect(read.integers).toEqual(
      new Map<string, unknown>([
        ['a', { shape: [2], data: BigInt64Array.of(2n ** 40n, 7n) }],
        ['b', { shape: [1], data: BigUint64Array.of(2n ** 64n - 1n) }],
        ['c', { shape: [1], data: BigInt64Array.of(2n ** 32n - 1n) }],
      ]),
    );
    expect(parseSafetensors(serializeSafetensors(read.integers)).integers).toEqual(read.integers);
  });

  it('reads floats of 8 bits, and leaves what is not read opaque', () => {
    const header = {
      a: { dtype: 'F8_E4M3', shape: [2], data_offsets: [0, 2] },
      b: { dtype: 'F8_E5M2', shape: [1], data_offsets: [2, 3] },
      c: { dtype: 'F4', shape: [3], data_offsets: [3, 5] },
      d: { dtype: 'C64', shape: [1], data_offsets: [5, 13] },
    };
    const { tensors, types, opaque } = parseSafetensors(file(header, [0x38, 0x7e, 0xbc, ...Array(10).fill(0)]));
    expect([...tensors.get('a')!.data, ...tensors.get('b')!.data]).toEqual([1, 448, -1]);
    expect([...types]).toEqual([
      ['a', 'f8_e4m3'],
      ['b', 'f8_e5m2'],
    ]);
    expect([...opaque]).toEqual([
      ['c', 'F4 of shape [3]'],
      ['d', 'C64 of shape [1]'],
    ]);
    expect(() => parseSafetensors(file({ c: { dtype: 'F4', shape: [3], data_offsets: [0, 3] } }, [0, 0, 0]))).toThrow(
      /needs 2 bytes, not 3/,
    );
  });

  it('reads back what it writes, in full and in half precision', () => {
    const state: StateDict = new Map([
      ['a', { shape: [2, 2], data: Float32Array.of(1.5, -0.1, 65504, 1e-7) }],
      ['b', { shape: [3], data: Int32Array.of(-1, 0, 255) }],
      ['c', { shape: [1], data: Uint8Array.of(7) }],
    ]);
    expect(parseSafetensors(serializeSafetensors(state, { metadata: { k: 'v' } }))).toEqual({
      ...{ tensors: state, integers: new Map(), opaque: new Map() },
      metadata: { k: 'v' },
      types: new Map([
        ['a', 'f32'],
        ['b', 'i32'],
        ['c', 'u8'],
      ]),
    });
    const half = parseSafetensors(serializeSafetensors(state, { float: 'F16' })).tensors.get('a')!.data;
    expect(half[0]).toBe(1.5);
    expect(half[1]).toBeCloseTo(-0.1, 4);
    expect(half[2]).toBe(65504);
    expect(half[3]).toBeCloseTo(1e-7, 7);
  });

  it('shares memory with the file, and copies where its numbers are not aligned', () => {
    const bytes = serializeSafetensors(new Map([['x', { shape: [2], data: Float32Array.of(1, 2) }]]));
    const pool = Buffer.alloc(bytes.length + 24, 7);
    pool.set(bytes, 11);
    const { data } = parseSafetensors(pool.subarray(11, 11 + bytes.length)).tensors.get('x')!;
    expect(data).toEqual(Float32Array.of(1, 2));
    expect(data.buffer).not.toBe(pool.buffer);
    expect(parseSafetensors(bytes).tensors.get('x')!.data.buffer).toBe(bytes.buffer);
  });

  it.each([
    ['an empty file', new Uint8Array(3), /3 bytes/],
    ['a truncated header', file({ x: 1 }).subarray(0, 12), /truncated/],
    ['a header that is not JSON', file('nonsense'), /not JSON/],
    ['an unknown type', file({ x: { dtype: 'F8', shape: [1], data_offsets: [0, 1] } }, [0]), /unknown type "F8"/],
    [
      'a type that JavaScript knows otherwise',
      file({ x: { dtype: 'toString', shape: [1], data_offsets: [0, 1] } }, [0]),
      /unknown type "toString"/,
    ],
    ['metadata that are a list', file({ __metadata__: ['a'] }), /its metadata are not an object of strings/],
    ['metadata that are numbers', file({ __metadata__: { epoch: 3 } }), /its metadata are not an object of strings/],
    ['truncated data', file({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, [0, 0, 0, 0]), /truncated/],
    [
      'a shape that does not fit',
      file({ x: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }, Array(8).fill(0)),
      /needs 12 bytes, not 8/,
    ],
    [
      'overlapping tensors',
      file({ x: { dtype: 'U8', shape: [2], data_offsets: [0, 2] }, y: { dtype: 'U8', shape: [2], data_offsets: [1, 3] } }, [0, 0, 0]),
      /overlaps/,
    ],
    ['left-over bytes', file({ x: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } }, [0, 0]), /belong to no tensor/],
    ['negative sizes', file({ x: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, [0]), /shape \[-1\] is no list/],
    ['no shape', file({ x: { dtype: 'U8', data_offsets: [0, 1] } }, [0]), /shape undefined is no list/],
    ['no offsets', file({ x: { dtype: 'U8', shape: [1] } }, [0]), /no pair of offsets/],
    ['an entry that is nothing', file({ x: null }), /tensor x: unknown type undefined/],
    ['sizes beyond counting', file({ x: { dtype: 'U8', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 1] } }, [0]), /too many elements/],
    ['offsets beyond counting', file({ x: { dtype: 'U8', shape: [1], data_offsets: [2 ** 60, 2 ** 60 + 1] } }, [0]), /truncated/],
    ['offsets the wrong way round', file({ x: { dtype: 'U8', shape: [0], data_offsets: [1, 0] } }, [0]), /bytes 1–0 of 1/],
    [
      'a tensor named twice',
      file('{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', [0]),
      /names "x" twice/,
    ],
    ['a header of any length', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123), /claims 18446744073709552000 bytes/],
    ['a header that is too long', file(`{}${' '.repeat(2 ** 23)}`), /more than 8388608/],
    ['a header in another encoding', Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 255), /not JSON/],
  ])('refuses %s and names the file', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, 'model.safetensors')).toThrow(/^model\.safetensors is not a readable safetensors file/);
    expect(() => parseSafetensors(bytes, 'model.safetensors')).toThrow(message);
  });

  it('keeps every name, whatever it means to JavaScript, and refuses the one that means metadata', () => {
    const state: StateDict = new Map(['__proto__', 'constructor', '7'].map(name => [name, { shape: [1], data: Uint8Array.of(1) }]));
    expect([...parseSafetensors(serializeSafetensors(state)).tensors.keys()].sort()).toEqual([...state.keys()].sort());
    expect(() => serializeSafetensors(new Map([['__metadata__', { shape: [1], data: Uint8Array.of(1) }]]))).toThrow(
      /no tensor can be called __metadata__/,
    );
  });

  it('refuses to write a shape that does not fit', () => {
    expect(() => serializeSafetensors(new Map([['x', { shape: [2], data: Float32Array.of(1) }]]))).toThrow(/needs 2 values, got 1/);
  });
});
