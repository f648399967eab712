/** TensorFlow's numbers for element types (`TF_DataType`). */
export const TF = { FLOAT: 1, INT32: 3, UINT8: 4, STRING: 7, COMPLEX64: 8, INT64: 9, BOOL: 10, BFLOAT16: 14, RESOURCE: 20 } as const;

/** The numbers that TensorFlow.js' kernels for Node use for kinds of attributes (`TF_AttrType`). */
export const ATTRIBUTE = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5, RESOURCE: 8 } as const;

/** Arrays that hold values of an element type, and how many of their elements make one. */
const arrays = {
  [TF.FLOAT]: [Float32Array, 1],
  [TF.INT32]: [Int32Array, 1],
  [TF.UINT8]: [Uint8Array, 1],
  [TF.COMPLEX64]: [Float32Array, 2],
  [TF.INT64]: [BigInt64Array, 1],
  [TF.BOOL]: [Uint8Array, 1],
  [TF.RESOURCE]: [Uint8Array, 1],
} as const;

function arrayOf(dtype: number) {
  const found = arrays[dtype as keyof typeof arrays];
  if (!found) throw new Error(`TensorFlow type ${dtype} has no elements of a fixed size that JavaScript can hold`);
  return found;
}

/** Bytes of one element. */
export function elementBytes(dtype: number): number {
  const [type, count] = arrayOf(dtype);
  return type.BYTES_PER_ELEMENT * count;
}

/** A new array for `bytes` bytes of values of an element type. */
export function valuesOf(dtype: number, bytes: number): Float32Array | Int32Array | Uint8Array | BigInt64Array {
  const [type] = arrayOf(dtype);
  return new type(bytes / type.BYTES_PER_ELEMENT);
}
