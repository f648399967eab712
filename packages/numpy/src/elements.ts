import type { Refuse } from './file-format-error.js';
import { fromFloat8s } from './float8.js';
import { fromBfloat16s, fromFloat16s } from './half-precision.js';

/** An array in host memory, row-major. Booleans are 0/1 in a Uint8Array. */
export interface NumericArray {
  shape: number[];
  data: Float32Array | Int32Array | Uint8Array;
}

/** A {@link NumericArray} that may also hold integers which 32 bits cannot. */
export interface WideArray {
  shape: number[];
  data: NumericArray['data'] | BigInt64Array | BigUint64Array;
}

/** Bytes of one number of each type that files hold. Those that begin with `f8` are floats of 8 bits. */
export const elementBytes = {
  ...{ f64: 8, f32: 4, f16: 2, bf16: 2, f8_e4m3: 1, f8_e5m2: 1, f8_e4m3fnuz: 1, f8_e5m2fnuz: 1 },
  ...{ i64: 8, i32: 4, i16: 2, i8: 1, u64: 8, u32: 4, u16: 2, u8: 1, bool: 1 },
};

/** How numbers are stored in a file. */
export type ElementType = keyof typeof elementBytes;

/** How the elements of a NumPy array are stored: numbers, or pickled Python objects. */
export type NumpyType = ElementType | 'object';

/** Axes that an array may have, as in NumPy 1. */
const RANK_LIMIT = 32;

/** The number of elements of a shape in a file, refused unless it is a list of at most 32 integers ≥ 0 whose product is a safe integer. */
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

type Place = [buffer: ArrayBufferLike, byteOffset: number, count: number];

const decoders: Readonly<Record<ElementType, (place: Place) => WideArray['data']>> = {
  f64: place => new Float32Array(new Float64Array(...place)),
  f32: place => new Float32Array(...place),
  f16: place => fromFloat16s(new Uint16Array(...place)),
  bf16: place => fromBfloat16s(new Uint16Array(...place)),
  f8_e4m3: place => fromFloat8s(new Uint8Array(...place), 'e4m3'),
  f8_e5m2: place => fromFloat8s(new Uint8Array(...place), 'e5m2'),
  f8_e4m3fnuz: place => fromFloat8s(new Uint8Array(...place), 'e4m3fnuz'),
  f8_e5m2fnuz: place => fromFloat8s(new Uint8Array(...place), 'e5m2fnuz'),
  i64: place => narrow(new BigInt64Array(...place)),
  i32: place => new Int32Array(...place),
  i16: place => new Int32Array(new Int16Array(...place)),
  i8: place => new Int32Array(new Int8Array(...place)),
  u64: place => narrow(new BigUint64Array(...place)),
  u32(place) {
    const values = new Int32Array(...place);
    return values.every(value => value >= 0) ? values : BigInt64Array.from(new Uint32Array(...place), BigInt);
  },
  u16: place => new Int32Array(new Uint16Array(...place)),
  u8: place => new Uint8Array(...place),
  bool: place => new Uint8Array(...place),
};

/**
 * Numbers from their little-endian bytes. Floats become float32 and integers int32, or int64 (uint64 for u64) if one of them needs more
 * than 32 bits; u8 and bool stay bytes. What is stored as it is needed (f32, i32, u8, bool) is not copied where its alignment permits: the
 * result then shares memory with `bytes`.
 *
 * @param bytes exactly the elements' bytes; their number must be a multiple of the element's size.
 */
export function decodeWideElements(type: ElementType, bytes: Uint8Array): WideArray['data'] {
  const width = elementBytes[type];
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return decoders[type]([buffer, byteOffset, byteLength / width]);
}

/**
 * Numbers from their little-endian bytes, as {@link decodeWideElements} gives them.
 *
 * @param refuse called for an integer beyond 32 bits.
 */
export function decodeElements(type: ElementType, bytes: Uint8Array, refuse: Refuse): NumericArray['data'] {
  const values = decodeWideElements(type, bytes);
  if (!isWide(values)) return values;
  const first = (values as BigInt64Array).find(value => BigInt.asIntN(32, value) !== value);
  return refuse(`it holds ${first}, which does not fit into 32 bits`);
}

/** Whether numbers are 64-bit integers. */
export function isWide(data: WideArray['data']): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** 64-bit integers as 32-bit ones, if all of them fit. */
function narrow<T extends BigInt64Array | BigUint64Array>(values: T): Int32Array | T {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length); // the lower one first
  const signed = values instanceof BigInt64Array;
  const narrowed = new Int32Array(values.length);
  for (let i = 0; i < narrowed.length; i++) {
    const [low, high] = [words[2 * i]!, words[2 * i + 1]!];
    if (high !== (signed ? low >> 31 : 0) || (!signed && low < 0)) return values;
    narrowed[i] = low;
  }
  return narrowed;
}

const numpyTypes: Readonly<Record<string, NumpyType>> = {
  ...{ f8: 'f64', f4: 'f32', f2: 'f16', i8: 'i64', i4: 'i32', i2: 'i16', i1: 'i8' },
  ...{ u8: 'u64', u4: 'u32', u2: 'u16', u1: 'u8', b1: 'bool', O: 'object', O8: 'object' },
};

/** The type of a NumPy description such as `<f4`, `|b1` or `O`. Big-endian numbers and other types (text, dates, records) are refused. */
export function numpyType(descr: string, refuse: Refuse): NumpyType {
  const [, order = '', name = ''] = /^([<>|=]?)(.*)$/s.exec(descr) ?? [];
  const type = Object.hasOwn(numpyTypes, name) ? numpyTypes[name] : undefined;
  if (!type) return refuse(`its type ${descr.slice(0, 40)} is not read`);
  return order === '>' ? refuse(`its numbers are big-endian (${descr})`) : type;
}
