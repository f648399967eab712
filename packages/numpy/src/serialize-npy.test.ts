import { expect, it } from 'vitest';
import { parseNpy } from './npy.js';
import { serializeNpy } from './serialize-npy.js';

it.each([
  ['float32', { shape: [2, 1], data: Float32Array.of(1.5, -2) }],
  ['int32', { shape: [3], data: Int32Array.of(1, -1, 2 ** 31 - 1) }],
  ['uint8', { shape: [1, 2, 2], data: Uint8Array.of(0, 1, 2, 255) }],
  ['a single number', { shape: [], data: Float32Array.of(7) }],
  ['nothing', { shape: [0, 4], data: new Float32Array(0) }],
])('writes %s as it is read again', (_, array) => {
  const file = serializeNpy(array);
  expect(parseNpy(file)).toEqual(array);
  expect((file.length - array.data.byteLength) % 64).toBe(0);
});

it('writes the header of numpy.save', () => {
  const text = new TextDecoder('latin1').decode(serializeNpy({ shape: [3], data: Float32Array.of(1, 2, 3) }).subarray(6, 128));
  expect(text).toBe(`\x01\0v\0${"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".padEnd(117)}\n`);
});

it('writes a part of a larger array', () => {
  expect(parseNpy(serializeNpy({ shape: [2], data: Float32Array.of(1, 2, 3).subarray(1) })).data).toEqual(Float32Array.of(2, 3));
});

it('refuses values that do not fit the shape', () => {
  expect(() => serializeNpy({ shape: [2, 2], data: new Int32Array(3) })).toThrow('shape [2,2] needs 4 values, got 3');
  expect(() => serializeNpy({ shape: [-1], data: new Int32Array(1) })).toThrow('serializeNpy: its shape');
});
