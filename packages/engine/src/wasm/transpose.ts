import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernel } from './backend.js';

/**
 * `Transpose`: the stock kernel is fast up to four axes and slow beyond. So axes that stay side by side are merged first; where five or more are
 * left and the last one stays the last, rows are copied as a whole (the split of an attention layer's queries, keys and values and their heads).
 */
export const transposeByRows =
  (stock: Kernel): Kernel =>
  args => {
    const { inputs, backend, attrs } = args;
    const { x } = inputs as { x: TensorInfo };
    if (x.shape.length <= 4 || x.dtype === 'string') return stock(args);
    const { shape, perm } = mergeAxes(x.shape, attrs.perm as number[]);
    const rank = shape.length;
    const outShape = (attrs.perm as number[]).map(axis => x.shape[axis]!);
    if (rank <= 4 || perm.at(-1) !== rank - 1)
      return { ...stock({ inputs: { x: { ...x, shape } }, backend, attrs: { perm } }), shape: outShape };
    const out = backend.makeOutput(outShape, x.dtype);
    const [to, from] = [backend.typedArrayFromHeap(out), backend.typedArrayFromHeap(x)];
    const strides = tf.util.computeStrides(shape).concat(1);
    const sizes = perm.slice(0, -1).map(axis => shape[axis]!);
    const steps = perm.slice(0, -1).map(axis => strides[axis]!);
    const length = shape.at(-1)!;
    const counter = sizes.map(() => 0);
    for (let at = 0, source = 0; at < to.length; at += length) {
      to.set(from.subarray(source, source + length), at);
      for (let d = sizes.length - 1; d >= 0; d--) {
        source += steps[d]!;
        if (++counter[d]! < sizes[d]!) break;
        source -= steps[d]! * sizes[d]!;
        counter[d] = 0;
      }
    }
    return out;
  };

/** The same transposition with axes of size 1 left out and neighbours that stay neighbours merged into one axis. */
export function mergeAxes(shape: number[], perm: number[]): { shape: number[]; perm: number[] } {
  const groups: number[][] = [];
  for (const axis of perm.filter(axis => shape[axis] !== 1)) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (last !== undefined && shape.slice(last + 1, axis).every(size => size === 1) && axis > last) group!.push(axis);
    else groups.push([axis]);
  }
  if (groups.length === 0) return { shape: [1], perm: [0] };
  const order = [...groups].sort((a, b) => a[0]! - b[0]!);
  return {
    shape: order.map(group => group.reduce((size, axis) => size * shape[axis]!, 1)),
    perm: groups.map(group => order.indexOf(group)),
  };
}
