import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Named } from '@wsss/wasm-runtime';
import { areFloats, type Inputs } from './backend.js';
import type { TeamKernel } from './kernel.js';
import type { Team } from './team.js';

/** Functions by their numbers in assembly/reduce.ts; Mean is a Sum. */
const FUNCTIONS = { Sum: 0, Mean: 0, Max: 1, Min: 2 } as const;

/** Values that one thread takes at a time, and columns. */
const CHUNK = 32768;
const COLUMNS = 512;

/** A kernel that sums, averages, or takes the largest or smallest value along neighboring axes; other axes are left to the stock kernel. */
export const reduction =
  (name: keyof typeof FUNCTIONS): TeamKernel =>
  ({ inputs, backend, attrs, team, stock }) => {
    const { x } = inputs as Inputs<'x'>;
    const { keepDims } = attrs as { keepDims?: boolean };
    const axes = tf.util.parseAxisParam((attrs.reductionIndices ?? attrs.axis) as number | number[], x.shape).sort((a, b) => a - b);
    if (!areFloats(x) || axes.length === 0) return stock();
    const groups = axisGroups(x.shape, axes);
    if (!groups) return stock();
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const out = backend.makeOutput(keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis)), 'float32');
    const factor = name === 'Mean' ? 1 / groups.n : 1;
    reduce(team, { ...groups, f: FUNCTIONS[name], x, out, factor });
    return out;
  };

/** x [outer, n, inner] → out [outer, inner], by addresses or tensors: the arguments of the kernels, but for how they cut their work. */
function reduce(team: Team, reduction: Named<number | TensorInfo> & Record<'outer' | 'n' | 'inner', number>): void {
  const { outer, n, inner } = reduction;
  // A long axis is cut into pieces, which are then reduced again: for the threads, and for the digits of long sums. How does not depend on
  // the threads.
  const length = Math.min(n, inner === 1 ? CHUNK : Math.max(64, Math.min(512, Math.ceil(CHUNK / inner))));
  const pieces = Math.ceil(n / length);
  const width = inner === 1 ? Math.max(1, Math.floor(CHUNK / length)) : Math.min(inner, Math.max(COLUMNS, Math.ceil(CHUNK / length)));
  const chunks = inner === 1 ? Math.ceil((outer * pieces) / width) : outer * pieces * Math.ceil(inner / width);
  const kernel = inner === 1 ? 'reduceRows' : 'reduceColumns';
  if (pieces === 1) {
    team.run(kernel, { ...reduction, length, width }, chunks);
    return;
  }
  team.withBlock(4 * outer * pieces * inner, parts => {
    team.run(kernel, { ...reduction, out: parts, factor: 1, length, width }, chunks);
    reduce(team, { ...reduction, x: parts, n: pieces });
  });
}

/** The shape as [outer, n, inner], where n is reduced; nothing if the axes are no neighbors. */
export function axisGroups(shape: number[], axes: number[]): { outer: number; n: number; inner: number } | undefined {
  const [first, last] = [axes[0]!, axes.at(-1)!];
  for (let axis = first; axis <= last; axis++) if (!axes.includes(axis) && shape[axis] !== 1) return undefined;
  const size = (from: number, to: number) => tf.util.sizeFromShape(shape.slice(from, to));
  return { outer: size(0, first), n: size(first, last + 1), inner: size(last + 1, shape.length) };
}
