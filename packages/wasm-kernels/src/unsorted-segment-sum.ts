import * as tf from '@tensorflow/tfjs-core';
import type { Inputs } from './backend.js';
import type { TeamKernel } from './kernel.js';

/** `UnsortedSegmentSum`, which is also the gradient of gather: `out[ids[i]] += x[i]`; rows whose id is no segment are left out. */
export const unsortedSegmentSum: TeamKernel = ({ inputs, backend, attrs }) => {
  const { x, segmentIds } = inputs as Inputs<'x' | 'segmentIds'>;
  const { numSegments } = attrs as { numSegments: number };
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const size = tf.util.sizeFromShape(rowShape);
  const out = backend.makeOutput([numSegments, ...rowShape], x.dtype);
  const sums = backend.typedArrayFromHeap(out);
  const rows = backend.typedArrayFromHeap(x);
  const ids = backend.typedArrayFromHeap(segmentIds);
  sums.fill(0);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id < 0 || id >= numSegments) continue;
    for (let j = 0, to = id * size, from = i * size; j < size; j++) sums[to + j]! += rows[from + j]!;
  }
  return out;
};
