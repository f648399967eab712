import type { WideArray } from './elements.js';

/**
 * A strided view of values as an array of its own, row-major: element [i, j, …] is `data[offset + i·strides[0] + j·strides[1] + …]`.
 *
 * @param strides of the view's axes, in elements; none may lead out of `data`.
 */
export function gather<T extends WideArray['data']>(data: T, shape: readonly number[], strides: readonly number[], offset = 0): T {
  const count = shape.reduce((product, size) => product * size, 1);
  const out = new (data.constructor as new (length: number) => T)(count);
  const inner = shape.length - 1;
  const [length, step] = [shape[inner] ?? 1, strides[inner] ?? 1];
  const index = new Array<number>(Math.max(0, inner)).fill(0);
  let row = offset;
  for (let at = 0; at < count; ) {
    for (let i = 0, from = row; i < length; i++, from += step) out[at++] = data[from]!;
    for (let axis = inner - 1; axis >= 0; axis--) {
      row += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      row -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}

/** Rearranges an array from column-major (Fortran) to row-major (C) order. */
export function rowMajor<T extends WideArray['data']>(data: T, shape: readonly number[]): T {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  return gather(data, shape, strides);
}
