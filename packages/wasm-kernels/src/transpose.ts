import { mergeAxes, strides } from './axes.js';
import { addressOf, type Inputs, isCopyable } from './backend.js';
import { copyBox } from './copy-box.js';
import type { TeamKernel } from './kernel.js';

/** `Transpose`: axes that stay side by side are merged; then rows are copied as a whole, or turned into columns four by four. */
export const transpose: TeamKernel = ({ inputs, backend, attrs, team, stock }) => {
  const { x } = inputs as Inputs<'x'>;
  const perm = attrs.perm as number[];
  const outShape = perm.map(axis => x.shape[axis]!);
  if (!isCopyable(x)) {
    const merged = mergedTransposition(x.shape, perm);
    if (x.shape.length <= 4 || merged.shape.length > 4) return stock();
    return { ...stock({ inputs: { x: { ...x, shape: merged.shape } }, attrs: { perm: merged.perm } }), shape: outShape };
  }
  const out = backend.makeOutput(outShape, x.dtype);
  copyBox(team, addressOf(backend, x), addressOf(backend, out), transposedAxes(x.shape, perm));
  return out;
};

/** The axes of the result, with the steps along them there and here. */
function transposedAxes(shape: number[], perm: number[]) {
  const there = strides(shape);
  const here = strides(perm.map(axis => shape[axis]!));
  return perm.map((axis, d) => ({ size: shape[axis]!, a: there[axis]!, b: here[d]! }));
}

/** The same transposition with axes of size 1 left out and neighbors that stay neighbors merged into one axis. */
export function mergedTransposition(shape: number[], perm: number[]): { shape: number[]; perm: number[] } {
  const axes = mergeAxes(transposedAxes(shape, perm));
  const order = [...axes].sort((first, second) => second.a - first.a);
  return { shape: order.map(({ size }) => size), perm: axes.map(axis => order.indexOf(axis)) };
}
