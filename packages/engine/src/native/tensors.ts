import type { CApi } from './c-api.js';
import { elementBytes, TF, valuesOf } from './dtypes.js';
import { libc } from './libc.js';
import type { Status } from './status.js';

/** Values of a tensor: numbers, or the bytes of each string. */
export type Values = Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[];

/** Bytes of a `TF_TString`. */
const stringBytes = 24;

/** Number of elements of a shape. */
export const sizeOf = (shape: number[]): number => shape.reduce((a, b) => a * b, 1);

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
  if (values.byteLength !== sizeOf(shape) * elementBytes(dtype))
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
    const values = valuesOf(dtype, bytes);
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

/** Shape of a handle. */
export function shapeOf(c: CApi, handle: number, status: Status): number[] {
  const shape = new Array<number>(c.TFE_TensorHandleNumDims(handle, status.pointer));
  for (let i = 0; i < shape.length; i++) shape[i] = c.TFE_TensorHandleDim(handle, i, status.pointer);
  return shape;
}
