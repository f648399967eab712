/** An axis that the values of two tensors have in common, and the steps along it in each of them, in values. */
export interface Axis {
  size: number;
  a: number;
  b: number;
}

/** Steps along the axes of a row-major tensor, in values. */
export const strides = (shape: readonly number[]): number[] =>
  shape.map((_, d) => shape.slice(d + 1).reduce((size, next) => size * next, 1));

/**
 * The same axes, the slowest first, without those of size 1, and with neighbors that both tensors pass through as one joined. At least one
 * remains.
 */
export function mergeAxes(all: readonly Axis[]): Axis[] {
  const axes: Axis[] = [];
  for (const axis of all) {
    if (axis.size === 1) continue;
    const last = axes.at(-1);
    if (last && last.a === axis.a * axis.size && last.b === axis.b * axis.size)
      axes[axes.length - 1] = { ...axis, size: last.size * axis.size };
    else axes.push(axis);
  }
  return axes.length > 0 ? axes : [{ size: 1, a: 1, b: 1 }];
}

/** Puts axes of size 1 before others, until there are so many. */
export const padAxes = (axes: readonly Axis[], count: number): Axis[] => [
  ...Array.from({ length: count - axes.length }, () => ({ size: 1, a: 0, b: 0 })),
  ...axes,
];

/** How many positions some axes have together. */
export const positions = (axes: readonly Axis[]): number => axes.reduce((count, { size }) => count * size, 1);
