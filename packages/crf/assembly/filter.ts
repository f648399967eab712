// Gaussian filtering on a finished lattice: splat the input onto the lattice points, blur along each axis, slice at the input points.
// Rows of values are padded to whole lanes. Each function handles a range, so that threads can share the work.
import { END } from './lattice';
import { LANE_BYTES, Lanes, add, loadLanes, mul, splat, storeLanes } from './lanes';

/** A finished lattice. The caller fills it. */
@unmanaged
export class Lattice {
  /** d + 1. */
  vertexCount: i32;
  points: i32;
  /**
   * u32[N * (d + 1)] and f32[N * (d + 1)]: which lattice points each input point reads, and the weights (all factors of the output
   * included).
   */
  vertices: usize;
  weights: usize;
  /** u32[points + 1] and {u32, f32}[N * (d + 1)]: the input points each lattice point gathers from (all factors of the input included). */
  starts: usize;
  entries: usize;
  /** usize[d + 1] and u32[d + 1]: the chains of each axis, and their lengths. */
  chains: usize;
  chainLengths: usize;
  /** f32[points * row]: the values. */
  values: usize;
}

// How many lanes of a row a function handles at once: six (24 channels with SIMD) fit into registers; then two, then one. Types stand for
// the numbers, since AssemblyScript compiles a function anew for each type, and leaves out what `sizeof` tells is not needed.
type One = u8;
type Two = u16;
type Six = u64;

export function splatRange(lattice: Lattice, input: usize, row: usize, from: i32, to: i32): void {
  let column: usize = 0;
  for (; column + 6 * LANE_BYTES <= row; column += 6 * LANE_BYTES) splatLanes<Six>(lattice, input, row, column, from, to);
  for (; column + 2 * LANE_BYTES <= row; column += 2 * LANE_BYTES) splatLanes<Two>(lattice, input, row, column, from, to);
  for (; column < row; column += LANE_BYTES) splatLanes<One>(lattice, input, row, column, from, to);
}

function splatLanes<Count>(lattice: Lattice, input: usize, row: usize, column: usize, from: i32, to: i32): void {
  const source = input + column;
  let p = lattice.entries + (<usize>load<u32>(lattice.starts + (<usize>from << 2)) << 3);
  let target = lattice.values + <usize>from * row + column;
  for (let m = from; m < to; m++, target += row) {
    const end = lattice.entries + (<usize>load<u32>(lattice.starts + (<usize>m << 2) + 4) << 3);
    let a = splat(0), b = splat(0), c = splat(0), d = splat(0), e = splat(0), f = splat(0);
    for (; p < end; p += 8) {
      const q = source + <usize>load<u32>(p) * row;
      const w = splat(load<f32>(p + 4));
      a = add(a, mul(w, loadLanes(q)));
      if (sizeof<Count>() >= sizeof<Two>()) b = add(b, mul(w, loadLanes(q, LANE_BYTES)));
      if (sizeof<Count>() >= sizeof<Six>()) {
        c = add(c, mul(w, loadLanes(q, 2 * LANE_BYTES)));
        d = add(d, mul(w, loadLanes(q, 3 * LANE_BYTES)));
        e = add(e, mul(w, loadLanes(q, 4 * LANE_BYTES)));
        f = add(f, mul(w, loadLanes(q, 5 * LANE_BYTES)));
      }
    }
    storeGroup<Count>(target, a, b, c, d, e, f);
  }
}

/** Stores as many of these as there are. */
@inline function storeGroup<Count>(target: usize, a: Lanes, b: Lanes, c: Lanes, d: Lanes, e: Lanes, f: Lanes): void {
  storeLanes(target, a);
  if (sizeof<Count>() >= sizeof<Two>()) storeLanes(target + LANE_BYTES, b);
  if (sizeof<Count>() >= sizeof<Six>()) {
    storeLanes(target + 2 * LANE_BYTES, c);
    storeLanes(target + 3 * LANE_BYTES, d);
    storeLanes(target + 4 * LANE_BYTES, e);
    storeLanes(target + 5 * LANE_BYTES, f);
  }
}

/** The lanes at this place of a group, or zeros where the group has no such place. */
@inline function loadGroup<Count, AtLeast>(at: usize, place: usize): Lanes {
  return sizeof<Count>() >= sizeof<AtLeast>() ? loadLanes(at, place * LANE_BYTES) : splat(0);
}

/** First chain that starts at or after `position` of a list. */
@inline function chainStart(list: usize, position: i32, length: i32): usize {
  let p = list + (<usize>position << 2);
  if (position == 0 || position >= length) return list + (<usize>min(position, length) << 2);
  while (!(load<u32>(p - 4) & END)) p += 4;
  return p;
}

/**
 * v[i] + (v[i - 1] + v[i + 1]) / 2 along the chains of one axis, in place: a point without neighbors stays as it is, and a chain is walked
 * once with the last old values at hand.
 */
export function blurRange(lattice: Lattice, axis: i32, row: usize, from: i32, to: i32): void {
  const list = load<usize>(lattice.chains + <usize>axis * sizeof<usize>());
  const length = load<i32>(lattice.chainLengths + (<usize>axis << 2));
  const p = chainStart(list, from, length);
  const end = chainStart(list, to, length);
  let column: usize = 0;
  for (; column + 6 * LANE_BYTES <= row; column += 6 * LANE_BYTES) blur<Six>(lattice.values + column, row, p, end);
  for (; column + 2 * LANE_BYTES <= row; column += 2 * LANE_BYTES) blur<Two>(lattice.values + column, row, p, end);
  for (; column < row; column += LANE_BYTES) blur<One>(lattice.values + column, row, p, end);
}

function blur<Count>(values: usize, row: usize, p: usize, end: usize): void {
  const half = splat(0.5);
  while (p < end) {
    let at = values + <usize>load<u32>(p) * row;
    p += 4;
    let a0 = splat(0), b0 = splat(0), c0 = splat(0), d0 = splat(0), e0 = splat(0), f0 = splat(0);
    let a = loadLanes(at), b = loadGroup<Count, Two>(at, 1), c = loadGroup<Count, Six>(at, 2);
    let d = loadGroup<Count, Six>(at, 3), e = loadGroup<Count, Six>(at, 4), f = loadGroup<Count, Six>(at, 5);
    let index: u32;
    do {
      index = load<u32>(p);
      p += 4;
      const next = values + <usize>(index & ~END) * row;
      let x: Lanes;
      x = loadLanes(next); storeLanes(at, add(a, mul(half, add(a0, x)))); a0 = a; a = x;
      if (sizeof<Count>() >= sizeof<Two>()) {
        x = loadLanes(next, LANE_BYTES); storeLanes(at + LANE_BYTES, add(b, mul(half, add(b0, x)))); b0 = b; b = x;
      }
      if (sizeof<Count>() >= sizeof<Six>()) {
        x = loadLanes(next, 2 * LANE_BYTES); storeLanes(at + 2 * LANE_BYTES, add(c, mul(half, add(c0, x)))); c0 = c; c = x;
        x = loadLanes(next, 3 * LANE_BYTES); storeLanes(at + 3 * LANE_BYTES, add(d, mul(half, add(d0, x)))); d0 = d; d = x;
        x = loadLanes(next, 4 * LANE_BYTES); storeLanes(at + 4 * LANE_BYTES, add(e, mul(half, add(e0, x)))); e0 = e; e = x;
        x = loadLanes(next, 5 * LANE_BYTES); storeLanes(at + 5 * LANE_BYTES, add(f, mul(half, add(f0, x)))); f0 = f; f = x;
      }
      at = next;
    } while (!(index & END));
    a = add(a, mul(half, a0)); b = add(b, mul(half, b0)); c = add(c, mul(half, c0));
    d = add(d, mul(half, d0)); e = add(e, mul(half, e0)); f = add(f, mul(half, f0));
    storeGroup<Count>(at, a, b, c, d, e, f);
  }
}

/** Adds what input point `point` reads from the lattice to the row at `target`. */
@inline export function sliceInto(target: usize, lattice: Lattice, point: i32, row: usize): void {
  const bytes = <usize>lattice.vertexCount << 2;
  const vertices = lattice.vertices + <usize>point * bytes;
  const weights = lattice.weights + <usize>point * bytes;
  const values = lattice.values;
  let column: usize = 0;
  for (; column + 6 * LANE_BYTES <= row; column += 6 * LANE_BYTES)
    slice<Six>(target + column, values + column, vertices, weights, bytes, row);
  for (; column + 2 * LANE_BYTES <= row; column += 2 * LANE_BYTES)
    slice<Two>(target + column, values + column, vertices, weights, bytes, row);
  for (; column < row; column += LANE_BYTES) slice<One>(target + column, values + column, vertices, weights, bytes, row);
}

@inline function slice<Count>(to: usize, source: usize, vertices: usize, weights: usize, bytes: usize, row: usize): void {
  let a = loadLanes(to), b = loadGroup<Count, Two>(to, 1), c = loadGroup<Count, Six>(to, 2);
  let d = loadGroup<Count, Six>(to, 3), e = loadGroup<Count, Six>(to, 4), f = loadGroup<Count, Six>(to, 5);
  for (let v: usize = 0; v < bytes; v += 4) {
    const q = source + <usize>load<u32>(vertices + v) * row;
    const w = splat(load<f32>(weights + v));
    a = add(a, mul(w, loadLanes(q)));
    if (sizeof<Count>() >= sizeof<Two>()) b = add(b, mul(w, loadLanes(q, LANE_BYTES)));
    if (sizeof<Count>() >= sizeof<Six>()) {
      c = add(c, mul(w, loadLanes(q, 2 * LANE_BYTES)));
      d = add(d, mul(w, loadLanes(q, 3 * LANE_BYTES)));
      e = add(e, mul(w, loadLanes(q, 4 * LANE_BYTES)));
      f = add(f, mul(w, loadLanes(q, 5 * LANE_BYTES)));
    }
  }
  storeGroup<Count>(to, a, b, c, d, e, f);
}
