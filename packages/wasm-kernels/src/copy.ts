import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, type KernelArguments, sizeOf, type TeamKernel, type WasmBackend } from './backend.js';
import type { Team } from './team.js';

/** An axis of a box of values, and the steps along it there and here, in values. */
interface Axis {
  size: number;
  from: number;
  to: number;
}

/** Values that one thread copies at a time. */
const CHUNK = 16384;

const strides = (shape: readonly number[]) => shape.map((_, d) => shape.slice(d + 1).reduce((size, next) => size * next, 1));

/** Whether a tensor's values are of four bytes, and there are any. */
const isCopyable = (x: TensorInfo) => (x.dtype === 'float32' || x.dtype === 'int32') && sizeOf(x) > 0;

/** Copies a box of values of four bytes; the axes begin with the slowest. At most six axes may remain after neighbors have been merged. */
function copyBox(backend: WasmBackend, team: Team, from: number, to: number, box: readonly Axis[]): void {
  const axes: Axis[] = [];
  for (const axis of box) {
    if (axis.size === 1) continue;
    const last = axes.at(-1);
    if (last && last.from === axis.from * axis.size && last.to === axis.to * axis.size)
      axes[axes.length - 1] = { ...axis, size: last.size * axis.size };
    else axes.push(axis);
  }
  const last = axes.at(-1);
  if (last?.from !== 1 || last.to !== 1) axes.push({ size: 1, from: 1, to: 1 });
  const n = axes.at(-1)!.size;
  if (axes.length === 1) {
    const start = from >>> 0;
    backend.wasm.HEAPU8.copyWithin(to, start, start + 4 * n);
    return;
  }
  const { size: rows, from: rowFrom, to: rowTo } = axes.at(-2)!;
  const outer = axes.slice(0, -2);
  while (outer.length < 4) outer.unshift({ size: 1, from: 0, to: 0 });
  if (outer.length > 4) {
    const { size, from: step, to: stepHere } = axes[0]!;
    for (let i = 0; i < size; i++) copyBox(backend, team, from + 4 * i * step, to + 4 * i * stepHere, axes.slice(1));
    return;
  }
  const height = Math.min(rows, Math.max(1, Math.floor(CHUNK / n)));
  const steps = [...outer.map(axis => 4 * axis.from), ...outer.map(axis => 4 * axis.to)];
  const words = [from, to, ...outer.map(axis => axis.size), ...steps, rows, 4 * rowFrom, 4 * rowTo, n, 4, height];
  const chunks = outer.reduce((count, { size }) => count * size, Math.ceil(rows / height));
  team.run('transpose', words, axes.reduce((count, { size }) => count * size, 1) < 8192 ? 1 : chunks);
}

/** `Identity`: the same values, shared. The stock kernel copies them, which also doubles what is kept for the backward pass. */
export const identity: TeamKernel = (args, _team, stock) => {
  const { inputs, backend } = args;
  const x = inputs.x as TensorInfo;
  if (x.dtype === 'string') return stock(args);
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** `Slice`. The stock kernel copies all of its input first. */
export const slice: TeamKernel = (args, team, stock) => {
  const { inputs, backend, attrs } = args;
  const x = inputs.x as TensorInfo;
  const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attrs.begin as number[], attrs.size as number[]) as [
    number[],
    number[],
  ];
  if (!isCopyable(x) || size.includes(0)) return stock(args);
  return cut(x, begin, size, backend, team);
};

/** `SplitV`: slices side by side. */
export const split: TeamKernel = (args, team, stock) => {
  const { inputs, backend, attrs } = args;
  const x = inputs.x as TensorInfo;
  const [axis] = tf.util.parseAxisParam(attrs.axis as number, x.shape) as [number];
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits as number | number[], axis);
  if (!isCopyable(x) || sizes.includes(0)) return stock(args);
  let start = 0;
  return sizes.map(length => {
    const begin = x.shape.map((_, d) => (d === axis ? start : 0));
    start += length;
    return cut(
      x,
      begin,
      x.shape.map((size, d) => (d === axis ? length : size)),
      backend,
      team,
    );
  });
};

function cut(x: TensorInfo, begin: number[], size: number[], backend: WasmBackend, team: Team): TensorInfo {
  const out = backend.makeOutput(size, x.dtype);
  const [there, here] = [strides(x.shape), strides(size)];
  const first = begin.reduce((at, start, d) => at + start * there[d]!, 0);
  const box = size.map((length, d) => ({ size: length, from: there[d]!, to: here[d]! }));
  copyBox(backend, team, addressOf(backend, x) + 4 * first, addressOf(backend, out), box);
  return out;
}

/** `Concat`: parts side by side. */
export const concat: TeamKernel = (args, team, stock) => {
  const { backend, attrs } = args;
  const parts = args.inputs as unknown as TensorInfo[];
  const [first] = parts as [TensorInfo];
  const [axis] = tf.util.parseAxisParam(attrs.axis as number, first.shape) as [number];
  if (!parts.every(part => isCopyable(part) && part.dtype === first.dtype)) return stock(args);
  const shapes = parts.map(part => part.shape);
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const out = backend.makeOutput(shape, first.dtype);
  const here = strides(shape);
  let at = addressOf(backend, out);
  for (const part of parts) {
    const there = strides(part.shape);
    const box = part.shape.map((size, d) => ({ size, from: there[d]!, to: here[d]! }));
    copyBox(backend, team, addressOf(backend, part), at, box);
    at += 4 * part.shape[axis]! * here[axis]!;
  }
  return out;
};

/** `Tile`: repeats along each axis. */
export const tile: TeamKernel = (args, team, stock) => {
  const { inputs, backend, attrs } = args;
  const x = inputs.x as TensorInfo;
  const reps = attrs.reps as number[];
  if (!isCopyable(x) || reps.includes(0) || reps.length !== x.shape.length) return stock(args);
  const shape = x.shape.map((size, d) => size * reps[d]!);
  const out = backend.makeOutput(shape, x.dtype);
  const [there, here] = [strides(x.shape), strides(shape)];
  const box = x.shape.flatMap((size, d) => [
    { size: reps[d]!, from: 0, to: size * here[d]! },
    { size, from: there[d]!, to: here[d]! },
  ]);
  copyBox(backend, team, addressOf(backend, x), addressOf(backend, out), box);
  return out;
};

/** `Reverse`: backwards along some axes. */
export const reverse: TeamKernel = (args, team, stock) => {
  const { inputs, backend, attrs } = args as KernelArguments;
  const x = inputs.x as TensorInfo;
  if (!isCopyable(x)) return stock(args);
  const axes = tf.util.parseAxisParam(attrs.dims as number | number[], x.shape);
  const out = backend.makeOutput(x.shape, x.dtype);
  const there = strides(x.shape);
  const first = axes.reduce((at, axis) => at + (x.shape[axis]! - 1) * there[axis]!, 0);
  const box = x.shape.map((size, d) => ({ size, from: axes.includes(d) ? -there[d]! : there[d]!, to: there[d]! }));
  copyBox(backend, team, addressOf(backend, x) + 4 * first, addressOf(backend, out), box);
  return out;
};
