import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { NumericArray } from './elements.js';
import { npyType, parseNpy, parseNpz, parseObjectNpy } from './npy.js';

function npy(header: string, data: ArrayBufferView, version = 1): Uint8Array {
  const text = `${header.padEnd(53)}\n`;
  const prefix = version === 1 ? [text.length, 0] : [text.length, 0, 0, 0];
  return Uint8Array.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    version,
    0,
    ...prefix,
    ...[...text].map(c => c.charCodeAt(0)),
    ...new Uint8Array(data.buffer),
  ]);
}

it('reads floats, integers and booleans', () => {
  expect(parseNpy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }", Float32Array.of(1.5, -2)))).toEqual({
    shape: [2, 1],
    data: Float32Array.of(1.5, -2),
  });
  expect(parseNpy(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", Float64Array.of(0.5), 2)).data).toEqual(
    Float32Array.of(0.5),
  );
  expect(parseNpy(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (), }", BigInt64Array.of(-7n)))).toEqual({
    shape: [],
    data: Int32Array.of(-7),
  });
  expect(parseNpy(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", Uint8Array.of(1, 0))).data).toEqual(Uint8Array.of(1, 0));
});

it('turns Fortran order around', () => {
  const file = npy("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }", Int32Array.of(1, 4, 2, 5, 3, 6));
  expect([...parseNpy(file).data]).toEqual([1, 2, 3, 4, 5, 6]);
});

it.each([
  ['another format', Uint8Array.of(1, 2, 3), /NUMPY/],
  ['a pickle', npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", Uint8Array.of(0)), /type \|O means pickled/],
  ['big-endian numbers', npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", Float32Array.of(0)), /big-endian/],
  ['text', npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", Float32Array.of(0)), /type <U1 is not read/],
  ['a record', npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", Float32Array.of(0)), /not describe a plain array/],
  ['a negative size', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", Float32Array.of(0)), /not describe a plain array/],
  [
    'a size beyond counting',
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991), }", Float32Array.of(0)),
    /too many elements/,
  ],
  [
    'an integer beyond 32 bits',
    npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", BigInt64Array.of(-(2n ** 40n))),
    /-1099511627776, which/,
  ],
  ['left-over bytes', npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }", Uint8Array.of(0, 1)), /needs 1 bytes, it has 2/],
  [
    'a cut header',
    npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Float32Array.of(0)).subarray(0, 30),
    /header is truncated/,
  ],
  ['truncated data', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Float32Array.of(0)), /needs 8 bytes, it has 4/],
])('refuses %s and names the file', (_, bytes, message) => {
  expect(() => parseNpy(bytes, 'p.npy')).toThrow(/^p\.npy is not a readable \.npy file/);
  expect(() => parseNpy(bytes, 'p.npy')).toThrow(message);
});

const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));

it('shares memory with the file where it can', () => {
  const bytes = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(53), Float32Array.of(1, 2));
  expect(parseNpy(bytes).data.buffer).toBe(bytes.buffer);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  expect(parseNpy(shifted.subarray(1)).data).toEqual(Float32Array.of(1, 2));
});

it.each(['dict.npy', 'dict-2.npy', 'dict-3.npy', 'dict-4.npy', 'dict-5.npy'])('reads the dict of arrays in %s', name => {
  const { shape, values } = parseObjectNpy(fixture(name), name);
  expect([shape, values.length]).toEqual([[], 1]);
  const dict = values[0] as Map<string, NumericArray>;
  const plain = dict.get('plain') as unknown;
  expect(dict.get('2007_000032')).toMatchObject({ shape: [3], data: Float32Array.of(1, 0, 0.5) });
  expect(dict.get('2007_000039')).toMatchObject({ shape: [3], data: Float32Array.of(0, 1, 0) });
  expect(dict.get('int64')).toMatchObject({ shape: [2, 2], data: Int32Array.of(1, -2, 3, 2 ** 31 - 1) });
  expect(dict.get('fortran')).toMatchObject({ shape: [2, 3], data: Uint8Array.of(0, 1, 2, 3, 4, 5) });
  expect(dict.get('half')).toMatchObject({ shape: [], data: Float32Array.of(0.25) });
  expect(dict.get('bool')).toMatchObject({ shape: [2], data: Uint8Array.of(1, 0) });
  expect(dict.get('scalar')).toBeCloseTo(0.1, 7);
  const text = [...'bytes'].map(c => c.charCodeAt(0));
  const expected = [null, true, -1, 2 ** 40, 0.5, 'text ✓', Uint8Array.from(text), [1, 2, 3, 4], new Map([['nested', [[]]]])];
  expect(plain).toEqual(expected);
});

it('tells numbers from objects', () => {
  expect(npyType(fixture('dict.npy'))).toBe('object');
  expect(() => parseObjectNpy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", Float32Array.of(0)))).toThrow(
    'it holds numbers (f32)',
  );
});

it.each(['stored.npz', 'deflated.npz'])('reads %s', name => {
  const arrays = parseNpz(fixture(name), name);
  expect([...arrays.keys()]).toEqual(['f8', 'i2', 'empty']);
  expect(arrays.get('f8')).toEqual({ shape: [5], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1) });
  expect(arrays.get('i2')).toEqual({ shape: [2, 3], data: Int32Array.of(-3, -2, -1, 0, 1, 2) });
  expect(arrays.get('empty')).toEqual({ shape: [0, 4], data: new Float32Array(0) });
});
