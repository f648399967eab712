import { elementCount, type NumericArray } from './elements.js';

/**
 * Writes an array as a NumPy `.npy` file (format 1.0, little-endian, C order), which `numpy.load` reads: Float32Array as float32,
 * Int32Array as int32, Uint8Array as uint8.
 *
 * @throws RangeError when shape and number of values differ.
 *
 * @example
 * await writeFile('cam.npy', serializeNpy({ shape: [height, width, 2], data: cam }));
 */
export function serializeNpy({ shape, data }: NumericArray): Uint8Array {
  const count = elementCount(shape, what => {
    throw new RangeError(`serializeNpy: ${what}`);
  });
  if (count !== data.length) throw new RangeError(`serializeNpy: shape [${shape}] needs ${count} values, got ${data.length}`);
  const descr = data instanceof Float32Array ? '<f4' : data instanceof Int32Array ? '<i4' : '|u1';
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const start = Math.ceil((10 + header.length + 1) / 64) * 64; // the numbers begin on a multiple of 64
  const file = new Uint8Array(start + data.byteLength);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (start - 10) & 255, (start - 10) >> 8]);
  file.set(new TextEncoder().encode(`${header.padEnd(start - 11)}\n`), 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return file;
}
