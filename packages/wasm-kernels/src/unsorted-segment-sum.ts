import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { KernelArguments } from './backend.js';

/** `UnsortedSegmentSum`, which is also the gradient of gather: `out[ids[i]] += x[i]`; rows whose id is no segment are left out. */
export function unsortedSegmentSum({ inputs, backend, attrs }: KernelArguments): TensorInfo {
  const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const { numSegments } = attrs as { numSegments: number };
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const size = tf.util.sizeFromShape(rowShape);
  const out = backend.makeOutput([numSegments, ...rowShape], x.dtype);
  const [sums, rows, ids] = [out, x, segmentIds].map(tensor => backend.typedArrayFromHeap(tensor)) as [
    tf.TypedArray,
    tf.TypedArray,
    tf.TypedArray,
  ];
  sums.fill(0);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0 || id >= numSegments) continue;
    for (let j = 0, to = id * size, from = i * size; j < size; j++) sums[to + j]! += rows[from + j]!;
  }
  return out;
}
