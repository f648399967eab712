import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, sizeOf, type TeamKernel } from './backend.js';

/** Values that one thread moves at a time. */
const CHUNK = 16384;

/** `Transpose`: axes that stay side by side are merged; then rows are copied as a whole, or turned into columns four by four. */
export const transpose: TeamKernel = (args, team, stock) => {
  const { inputs, backend, attrs } = args;
  const x = inputs.x as TensorInfo;
  const outShape = (attrs.perm as number[]).map(axis => x.shape[axis]!);
  const { shape, perm } = mergeAxes(x.shape, attrs.perm as number[]);
  const rank = shape.length;
  if ((x.dtype !== 'float32' && x.dtype !== 'int32') || sizeOf(x) === 0 || rank > 6)
    return x.shape.length > 4 && rank <= 4
      ? { ...stock({ inputs: { x: { ...x, shape } }, backend, attrs: { perm } }), shape: outShape }
      : stock(args);
  const out = backend.makeOutput(outShape, x.dtype);
  const there = strides(shape);
  const here = strides(perm.map(axis => shape[axis]!));
  // Where the axis comes to lie, in bytes.
  const target = (axis: number) => 4 * here[perm.indexOf(axis)]!;
  const last = rank - 1;
  // Rows run along the last axis there; of the other axes the one that is last here comes next, or else the nearest one.
  const rowAxis = perm.at(-1) === last ? (perm.at(-2) ?? -1) : perm.at(-1)!;
  const outer = perm
    .filter(axis => axis !== last && axis !== rowAxis)
    .map(axis => ({ size: shape[axis]!, from: 4 * there[axis]!, to: target(axis) }));
  while (outer.length < 4) outer.unshift({ size: 1, from: 0, to: 0 });
  const n = shape[last]!;
  const rows = rowAxis < 0 ? 1 : shape[rowAxis]!;
  const height = Math.min(rows, Math.max(4, 4 * Math.floor(CHUNK / n / 4)));
  const outerCount = outer.reduce((count, { size }) => count * size, 1);
  const row = rowAxis < 0 ? [1, 0, 0] : [rows, 4 * there[rowAxis]!, target(rowAxis)];
  const words = [
    ...[x, out].map(tensor => addressOf(backend, tensor)),
    ...outer.map(axis => axis.size),
    ...outer.map(axis => axis.from),
    ...outer.map(axis => axis.to),
    ...[...row, n, target(last), height],
  ];
  team.run('transpose', words, sizeOf(x) < 8192 ? 1 : outerCount * Math.ceil(rows / height));
  return out;
};

const strides = (shape: number[]) => shape.map((_, d) => shape.slice(d + 1).reduce((size, next) => size * next, 1));

/** The same transposition with axes of size 1 left out and neighbors that stay neighbors merged into one axis. */
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
