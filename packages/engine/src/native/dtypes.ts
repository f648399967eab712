/** TensorFlow's numbers for element types (`TF_DataType`). */
export const TF = { FLOAT: 1, INT32: 3, UINT8: 4, STRING: 7, COMPLEX64: 8, INT64: 9, BOOL: 10, BFLOAT16: 14, RESOURCE: 20 } as const;

/** The numbers that TensorFlow.js' kernels for Node use for kinds of attributes (`TF_AttrType`). */
export const ATTRIBUTE = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5, RESOURCE: 8 } as const;

/** Bytes of one element. */
export function elementBytes(dtype: number): number {
  const bytes = sizes[dtype];
  if (bytes === undefined) throw new Error(`TensorFlow type ${dtype} has no fixed element size`);
  return bytes;
}

const sizes: Record<number, number> = {
  [TF.FLOAT]: 4,
  [TF.INT32]: 4,
  [TF.UINT8]: 1,
  [TF.COMPLEX64]: 8,
  [TF.INT64]: 8,
  [TF.BOOL]: 1,
  [TF.RESOURCE]: 1,
};

/** A new array for `bytes` bytes of values of an element type. */
export function valuesOf(dtype: number, bytes: number): Float32Array | Int32Array | Uint8Array | BigInt64Array {
  switch (dtype) {
    case TF.FLOAT:
    case TF.COMPLEX64:
      return new Float32Array(bytes / 4);
    case TF.INT32:
      return new Int32Array(bytes / 4);
    case TF.INT64:
      return new BigInt64Array(bytes / 8);
    case TF.BOOL:
    case TF.UINT8:
    case TF.RESOURCE:
      return new Uint8Array(bytes);
    default:
      throw new Error(`Tensors of TensorFlow type ${dtype} cannot be read`);
  }
}
