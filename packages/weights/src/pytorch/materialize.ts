import { decodeWideElements, gather, type Refuse, type WideArray } from '@wsss/numpy';
import type { TorchType } from './storage-types.js';
import type { StorageReference, TensorView } from './torch-pickle.js';

/** Elements that tensors which have to be copied may have beyond those of their storages: 64 MB, for expanded ones. */
const SPARE_ELEMENTS = 2 ** 24;

/**
 * A function that gives the tensors of one file their values. A storage is decoded once; contiguous tensors are views of it, so shared
 * storages stay shared, and only others (transposed, strided, expanded) are copied.
 *
 * @param bytesOf the bytes of a storage: exactly its elements.
 */
export function materializer(bytesOf: (storage: StorageReference) => Uint8Array, refuse: Refuse): (view: TensorView) => WideArray {
  const decoded = new Map<StorageReference, Map<TorchType, WideArray['data']>>();
  let copies = SPARE_ELEMENTS;
  const elements = (storage: StorageReference, type: TorchType) => {
    const known = decoded.get(storage) ?? new Map<TorchType, WideArray['data']>();
    let data = known.get(type);
    if (!data) {
      const bytes = bytesOf(storage);
      const length = storage.count * storage.type.bytes;
      if (bytes.length !== length) refuse(`storage ${storage.key} of ${storage.count} elements has ${bytes.length} bytes, not ${length}`);
      data = decodeWideElements(type.type!, bytes.subarray(0, length - (length % type.bytes)));
      decoded.set(storage, known.set(type, data));
      if (known.size === 1) copies += data.length;
    }
    return data;
  };
  return ({ storage, type, offset, shape, strides }) => {
    const data = elements(storage, type);
    const count = shape.reduce((product, size) => product * size, 1);
    if (count === 0) return { shape, data: data.subarray(0, 0) };
    if (isContiguous(shape, strides)) return { shape, data: data.subarray(offset, offset + count) };
    copies -= count;
    if (copies < 0) refuse('its tensors repeat the same few values far too often');
    return { shape, data: gather(data, shape, strides, offset) };
  };
}

/** Whether the elements lie one after another in row-major order. The stride of an axis of size 1 does not matter. */
function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
