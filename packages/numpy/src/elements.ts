import type { Refuse } from './file-format-error.js';
import { fromBfloat16s, fromFloat16s } from './half-precision.js';

/** An array in host memory, row-major. Booleans are 0/1 in a Uint8Array. */
export interface NumericArray {
  shape: number[];
  data: Float32Array | Int32Array | Uint8Array;
}

/** How numbers are stored in a file. */
export type ElementType = 'f64' | 'f32' | 'f16' | 'bf16' | 'i64' | 'i32' | 'i16' | 'i8' | 'u64' | 'u32' | 'u16' | 'u8' | 'bool';

/** Bytes of one number. */
export const elementBytes: Readonly<Record<ElementType, number>> = {
  ...{ f64: 8, f32: 4, f16: 2, bf16: 2 },
  ...{ i64: 8, i32: 4, i16: 2, i8: 1, u64: 8, u32: 4, u16: 2, u8: 1, bool: 1 },
};

/** Axes that an array may have, as in NumPy 1. */
const RANK_LIMIT = 32;

/**
 * The number of elements of a shape that was read from a file.
 *
 * @param shape anything; must be a list of at most 32 integers ≥ 0 whose product is a safe integer.
 */
export function elementCount(shape: unknown, refuse: Refuse): number {
  if (!Array.isArray(shape) || shape.length > RANK_LIMIT || !shape.every(size => Number.isSafeInteger(size) && size >= 0))
    return refuse(`its shape ${describeShape(shape)} is no list of at most ${RANK_LIMIT} sizes`);
  if (shape.includes(0)) return 0;
  return shape.reduce((product: number, size: number) => {
    const next = product * size;
    return Number.isSafeInteger(next) ? next : refuse(`its shape ${describeShape(shape)} has too many elements to count`);
  }, 1);
}

function describeShape(shape: unknown): string {
  return Array.isArray(shape) ? `[${shape.slice(0, 8).map(String)}${shape.length > 8 ? ', …' : ''}]` : typeof shape;
}

/**
 * Numbers from their little-endian bytes. Floats become float32 and integers int32; u8 and bool stay bytes.
 *
 * What is stored as it is needed (f32, i32, u8, bool) is not copied where its alignment permits: the result then shares memory with `bytes`.
 *
 * @param bytes exactly the elements' bytes; their number must be a multiple of the element's size.
 * @param refuse called for an integer beyond 32 bits.
 */
export function decodeElements(type: ElementType, bytes: Uint8Array, refuse: Refuse): NumericArray['data'] {
  const width = elementBytes[type];
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const count = byteLength / width;
  switch (type) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, count);
    case 'i32':
      return new Int32Array(buffer, byteOffset, count);
    case 'f64':
      return new Float32Array(new Float64Array(buffer, byteOffset, count));
    case 'f16':
      return fromFloat16s(new Uint16Array(buffer, byteOffset, count));
    case 'bf16':
      return fromBfloat16s(new Uint16Array(buffer, byteOffset, count));
    case 'i64':
    case 'u64':
      return narrow(new Int32Array(buffer, byteOffset, 2 * count), type === 'i64', refuse);
    case 'u32': {
      const values = new Int32Array(buffer, byteOffset, count);
      if (values.some(value => value < 0)) refuse('it holds an integer beyond 32 bits with sign');
      return values;
    }
    case 'i16':
      return new Int32Array(new Int16Array(buffer, byteOffset, count));
    case 'u16':
      return new Int32Array(new Uint16Array(buffer, byteOffset, count));
    case 'i8':
      return new Int32Array(new Int8Array(buffer, byteOffset, count));
    default:
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/** 64-bit integers, given as pairs of words (lower first), as 32-bit ones. */
function narrow(words: Int32Array, signed: boolean, refuse: Refuse): Int32Array {
  const values = new Int32Array(words.length / 2);
  for (let i = 0; i < values.length; i++) {
    const low = words[2 * i]!;
    const high = words[2 * i + 1]!;
    if (high !== (signed ? low >> 31 : 0) || (!signed && low < 0)) {
      const value = (BigInt(high) << 32n) | BigInt(low >>> 0);
      refuse(`it holds ${signed ? value : BigInt.asUintN(64, value)}, which does not fit into 32 bits`);
    }
    values[i] = low;
  }
  return values;
}
