import { type Axis, mergeAxes, padAxes, positions } from './axes.js';
import { CHUNK } from './kernel.js';
import type { Team } from './team.js';

/**
 * Copies a box of values of four bytes.
 *
 * @param from address of the first value there, `to` of the first one here
 * @param box its axes, the slowest one here first: steps `a` there and `b` here
 */
export function copyBox(team: Team, from: number, to: number, box: readonly Axis[]): void {
  const axes = mergeAxes(box);
  // Values that are neighbors there are moved together, row by row. Rows run along the axis whose values are neighbors here, or else the
  // nearest one.
  const inner = axes.findLast(axis => axis.a === 1) ?? { size: 1, a: 1, b: 1 };
  const others = axes.filter(axis => axis !== inner);
  const { size: n, b: step } = inner;
  if (others.length === 0 && step === 1) {
    team.copyWithin(from, to, 4 * n);
    return;
  }
  if (others.length > 5) {
    const { size, a, b } = others[0]!;
    const rest = axes.filter(axis => axis !== others[0]);
    for (let i = 0; i < size; i++) copyBox(team, from + 4 * i * a, to + 4 * i * b, rest);
    return;
  }
  const row = others.at(-1) ?? { size: 1, a: 0, b: 0 };
  const outer = padAxes(others.slice(0, -1), 4);
  const [axis0, axis1, axis2, axis3] = outer as [Axis, Axis, Axis, Axis];
  const height = Math.min(row.size, step === 1 ? Math.max(1, Math.floor(CHUNK / n)) : Math.max(4, 4 * Math.floor(CHUNK / n / 4)));
  const ofRows = { x: from, out: to, rows: row.size, rowFrom: 4 * row.a, rowTo: 4 * row.b, n, valueTo: 4 * step, height };
  const sizes = { size0: axis0.size, size1: axis1.size, size2: axis2.size, size3: axis3.size };
  const there = { from0: 4 * axis0.a, from1: 4 * axis1.a, from2: 4 * axis2.a, from3: 4 * axis3.a };
  const here = { to0: 4 * axis0.b, to1: 4 * axis1.b, to2: 4 * axis2.b, to3: 4 * axis3.b };
  const chunks = positions(axes) < 8192 ? 1 : positions(outer) * Math.ceil(row.size / height);
  team.run('transpose', Object.assign(ofRows, sizes, there, here), chunks);
}
