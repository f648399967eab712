import { fromFloat16 } from './half-precision.js';
import type { HostTensor } from './safetensors.js';

/**
 * Reads a NumPy `.npy` file (format 1 to 3) of numbers or booleans. Arrays of Python objects, which are pickles, are refused.
 *
 * float64 and float16 become float32; signed integers become int32; unsigned bytes and booleans stay bytes. Fortran order is rearranged.
 *
 * @param bytes The whole file.
 * @param source What errors call the file, usually its path.
 * @throws Error when the file is malformed, truncated or of a type that is not read.
 */
export function parseNpy(bytes: Uint8Array, source = '.npy file'): HostTensor {
  const fail = (what: string): never => {
    throw new Error(`${source} is not a readable .npy file: ${what}. Save a plain array of numbers with numpy.save.`);
  };
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) fail('it does not begin with \\x93NUMPY');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6]!;
  if (version < 1 || version > 3 || (version > 1 && bytes.length < 12)) fail(`its format ${version} is unknown`);
  const headerStart = version === 1 ? 10 : 12;
  const headerEnd = headerStart + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (headerEnd > bytes.length) fail('its header is truncated');
  const header = new TextDecoder('latin1').decode(bytes.subarray(headerStart, headerEnd));
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? fail(`its header has no plain type (${header.trim().slice(0, 60)})`);
  const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1] ?? fail('its header has no order');
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? fail('its header has no shape'))
    .split(',')
    .map(s => s.trim())
    .filter(Boolean)
    .map(Number);
  if (shape.some(d => !Number.isSafeInteger(d) || d < 0)) fail(`its shape (${shape}) is impossible`);
  if (descr.startsWith('>')) fail(`its numbers are big-endian (${descr})`);
  const type = descr.slice(1);
  const width =
    ({ f8: 8, f4: 4, f2: 2, i8: 8, i4: 4, i2: 2, i1: 1, u1: 1, b1: 1 } as Record<string, number>)[type] ??
    fail(`its type ${descr} is not read`);
  const count = shape.reduce((product, d) => product * d, 1);
  if (bytes.length - headerEnd !== count * width)
    fail(`shape (${shape}) of ${descr} needs ${count * width} bytes, it has ${bytes.length - headerEnd}`);
  const at = (i: number) => headerEnd + i * width;
  const read: Record<string, (i: number) => number> = {
    f8: i => view.getFloat64(at(i), true),
    f4: i => view.getFloat32(at(i), true),
    f2: i => fromFloat16(view.getUint16(at(i), true)),
    i8: i => Number(view.getBigInt64(at(i), true)),
    i4: i => view.getInt32(at(i), true),
    i2: i => view.getInt16(at(i), true),
    i1: i => view.getInt8(at(i)),
    u1: i => view.getUint8(at(i)),
    b1: i => view.getUint8(at(i)),
  };
  const data = type.startsWith('f') ? new Float32Array(count) : type.startsWith('i') ? new Int32Array(count) : new Uint8Array(count);
  const value = read[type]!;
  if (fortran === 'True') {
    // Walk the result in row-major order; in the file the first axis runs fastest.
    const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, d) => product * d, 1));
    const index = new Array<number>(shape.length).fill(0);
    for (let i = 0; i < count; i++) {
      data[i] = value(index.reduce((sum, at_, axis) => sum + at_ * strides[axis]!, 0));
      for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
    }
  } else for (let i = 0; i < count; i++) data[i] = value(i);
  return { shape, data };
}
