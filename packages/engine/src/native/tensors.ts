import type { CApi } from './c-api.js';
import { libc } from './libc.js';
import type { Status } from './status.js';

/** TensorFlow's numbers for element types (`TF_DataType`). */
export const TF = { FLOAT: 1, INT32: 3, UINT8: 4, STRING: 7, COMPLEX64: 8, INT64: 9, BOOL: 10, BFLOAT16: 14, RESOURCE: 20 } as const;

/** Values of a tensor: numbers, or the bytes of each string. */
export type Values = Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[];

/** Bytes of a `TF_TString`. */
const stringBytes = 24;

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

/** Makes a `TF_Tensor` of values; the caller deletes it. */
export function newTensor(c: CApi, shape: number[], dtype: number, values: Values): number {
  const dims = BigInt64Array.from(shape, BigInt);
  if (Array.isArray(values)) {
    const tensor = c.TF_AllocateTensor(dtype, dims, shape.length, stringBytes * values.length);
    const data = c.TF_TensorData(tensor);
    values.forEach((value, i) => {
      c.TF_StringInit(data + i * stringBytes);
      c.TF_StringCopy(data + i * stringBytes, value, value.length);
    });
    return tensor;
  }
  const [array, count] = arrayOf(dtype);
  if (values.byteLength !== shape.reduce((a, b) => a * b, 1) * count * array.BYTES_PER_ELEMENT)
    throw new Error(`${values.byteLength} bytes given for a tensor of shape [${shape}] and TensorFlow type ${dtype}`);
  const tensor = c.TF_AllocateTensor(dtype, dims, shape.length, values.byteLength);
  if (values.byteLength > 0) libc.copyIn(c.TF_TensorData(tensor), values, values.byteLength);
  return tensor;
}

/** Copies the values of a handle, from whatever device it lives on. */
export function readHandle(c: CApi, handle: number, status: Status): Values {
  const tensor = c.TFE_TensorHandleResolve(handle, status.pointer);
  status.check('Reading a tensor');
  try {
    const dtype = c.TFE_TensorHandleDataType(handle);
    const bytes = c.TF_TensorByteSize(tensor);
    const data = c.TF_TensorData(tensor);
    if (dtype === TF.STRING) return Array.from({ length: bytes / stringBytes }, (_, i) => readString(c, data + i * stringBytes));
    const [array] = arrayOf(dtype);
    const values = new array(bytes / array.BYTES_PER_ELEMENT);
    if (bytes > 0) libc.copyOut(values, data, bytes);
    return values;
  } finally {
    c.TF_DeleteTensor(tensor);
  }
}

function readString(c: CApi, address: number): Uint8Array {
  const bytes = new Uint8Array(c.TF_StringGetSize(address));
  if (bytes.length > 0) libc.copyOut(bytes, c.TF_StringGetDataPointer(address), bytes.length);
  return bytes;
}

export function shapeOf(c: CApi, handle: number, status: Status): number[] {
  const shape = new Array<number>(c.TFE_TensorHandleNumDims(handle, status.pointer));
  for (let i = 0; i < shape.length; i++) shape[i] = c.TFE_TensorHandleDim(handle, i, status.pointer);
  return shape;
}
