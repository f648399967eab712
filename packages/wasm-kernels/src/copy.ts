import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { strides } from './axes.js';
import { addressOf, type Inputs, isCopyable } from './backend.js';
import { copyBox } from './copy-box.js';
import type { KernelCall, TeamKernel } from './kernel.js';

/** `Identity`: the same values, shared. The stock kernel copies them, which also doubles what is kept for the backward pass. */
export const identity: TeamKernel = ({ inputs, backend, stock }) => {
  const { x } = inputs as Inputs<'x'>;
  if (x.dtype === 'string') return stock();
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** `Slice`. The stock kernel copies all of its input first. */
export const slice: TeamKernel = call => {
  const { inputs, attrs, stock } = call;
  const { x } = inputs as Inputs<'x'>;
  const given = attrs as { begin: number[]; size: number[] };
  const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, given.begin, given.size) as [number[], number[]];
  return !isCopyable(x) || size.includes(0) ? stock() : cut(call, x, begin, size);
};

/** `SplitV`: slices side by side. */
export const split: TeamKernel = call => {
  const { inputs, attrs, stock } = call;
  const { x } = inputs as Inputs<'x'>;
  const [axis] = tf.util.parseAxisParam(attrs.axis as number, x.shape) as [number];
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits as number | number[], axis);
  if (!isCopyable(x) || sizes.includes(0)) return stock();
  let start = 0;
  return sizes.map(length => {
    const begin = x.shape.map((_, d) => (d === axis ? start : 0));
    start += length;
    return cut(call, x, begin, x.shape.with(axis, length));
  });
};

function cut({ backend, team }: KernelCall, x: TensorInfo, begin: number[], size: number[]): TensorInfo {
  const out = backend.makeOutput(size, x.dtype);
  const [there, here] = [strides(x.shape), strides(size)];
  const first = begin.reduce((at, start, d) => at + start * there[d]!, 0);
  const box = size.map((length, d) => ({ size: length, a: there[d]!, b: here[d]! }));
  copyBox(team, addressOf(backend, x) + 4 * first, addressOf(backend, out), box);
  return out;
}

/** `Concat`: parts side by side. */
export const concat: TeamKernel = ({ inputs, backend, attrs, team, stock }) => {
  const parts = inputs as unknown as TensorInfo[];
  const [first] = parts as [TensorInfo];
  const [axis] = tf.util.parseAxisParam(attrs.axis as number, first.shape) as [number];
  if (!parts.every(part => isCopyable(part) && part.dtype === first.dtype)) return stock();
  const shapes = parts.map(part => part.shape);
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const out = backend.makeOutput(shape, first.dtype);
  const here = strides(shape);
  let at = addressOf(backend, out);
  for (const part of parts) {
    const there = strides(part.shape);
    const box = part.shape.map((size, d) => ({ size, a: there[d]!, b: here[d]! }));
    copyBox(team, addressOf(backend, part), at, box);
    at += 4 * part.shape[axis]! * here[axis]!;
  }
  return out;
};

/** `Tile`: repeats along each axis. */
export const tile: TeamKernel = ({ inputs, backend, attrs, team, stock }) => {
  const { x } = inputs as Inputs<'x'>;
  const reps = attrs.reps as number[];
  if (!isCopyable(x) || reps.includes(0) || reps.length !== x.shape.length) return stock();
  const shape = x.shape.map((size, d) => size * reps[d]!);
  const out = backend.makeOutput(shape, x.dtype);
  const [there, here] = [strides(x.shape), strides(shape)];
  const box = x.shape.flatMap((size, d) => [
    { size: reps[d]!, a: 0, b: size * here[d]! },
    { size, a: there[d]!, b: here[d]! },
  ]);
  copyBox(team, addressOf(backend, x), addressOf(backend, out), box);
  return out;
};

/** `Reverse`: backwards along some axes. */
export const reverse: TeamKernel = ({ inputs, backend, attrs, team, stock }) => {
  const { x } = inputs as Inputs<'x'>;
  if (!isCopyable(x)) return stock();
  const axes = tf.util.parseAxisParam(attrs.dims as number | number[], x.shape);
  const out = backend.makeOutput(x.shape, x.dtype);
  const there = strides(x.shape);
  const first = axes.reduce((at, axis) => at + (x.shape[axis]! - 1) * there[axis]!, 0);
  const box = x.shape.map((size, d) => ({ size, a: axes.includes(d) ? -there[d]! : there[d]!, b: there[d]! }));
  copyBox(team, addressOf(backend, x) + 4 * first, addressOf(backend, out), box);
  return out;
};
