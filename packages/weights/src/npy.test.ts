import { expect, it } from 'vitest';
import { parseNpy } from './npy.js';

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
  ['a pickle', npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", Uint8Array.of(0)), /type \|O is not read/],
  ['big-endian numbers', npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", Float32Array.of(0)), /big-endian/],
  ['truncated data', npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", Float32Array.of(0)), /needs 8 bytes, it has 4/],
])('refuses %s and names the file', (_, bytes, message) => {
  expect(() => parseNpy(bytes, 'p.npy')).toThrow(/^p\.npy is not a readable \.npy file/);
  expect(() => parseNpy(bytes, 'p.npy')).toThrow(message);
});
