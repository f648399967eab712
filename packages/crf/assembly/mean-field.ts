// Mean-field inference of a fully connected CRF (Krähenbühl, Koltun 2011), parallel updates:
//   Q_i(l) ∝ exp(-ψ_i(l) - Σ_k Σ_l' μ_k(l, l') Σ_j k_k(f_i, f_j) Q_j(l'))
import { Lattice, blurRange, sliceInto, splatRange } from './filter';
import { LANE_BYTES, add, loadLanes, max, min, mul, splat, storeLanes, sub, sumOf } from './lanes';
import { log, softmaxRow } from './softmax';
import { Team, barrier, shareOf } from './threads';

/** μ = -1: the weight lies in the lattice's weights. μ = -diag(table). μ = table. */
const UNIFORM = 0;
const PER_LABEL = 1;

@unmanaged
export class Kernel {
  lattice: Lattice;
  kind: i32;
  /** PER_LABEL: f32[row]; matrix: f32[labels rows of `row` bytes], symmetric. */
  table: usize;
}

@unmanaged
export class MeanField {
  team: Team;
  pixels: i32;
  labels: i32;
  /** Bytes of one row of probabilities. */
  row: usize;
  /** -ψ and Q, [pixels] rows; padding: -1e30 and 0. */
  logits: usize;
  probabilities: usize;
  /** usize[kernelCount]. */
  kernels: usize;
  kernelCount: i32;
  /** Two rows for each thread. */
  scratch: usize;
}

@inline function kernelAt(field: MeanField, k: i32): Kernel {
  return changetype<Kernel>(load<usize>(field.kernels + <usize>k * sizeof<usize>()));
}

/** Splats and blurs the probabilities on every lattice. */
function filterAll(field: MeanField, thread: i32): void {
  const threads = field.team.threads;
  let axes = 0;
  for (let k = 0; k < field.kernelCount; k++) {
    const lattice = kernelAt(field, k).lattice;
    if (lattice.vertexCount > axes) axes = lattice.vertexCount;
    const from = shareOf(lattice.points, thread, threads);
    splatRange(lattice, field.probabilities, field.row, from, shareOf(lattice.points, thread + 1, threads));
  }
  barrier(field.team);
  for (let axis = 0; axis < axes; axis++) {
    for (let k = 0; k < field.kernelCount; k++) {
      const lattice = kernelAt(field, k).lattice;
      if (axis >= lattice.vertexCount) continue;
      const length = load<i32>(lattice.chainLengths + (<usize>axis << 2));
      blurRange(lattice, axis, field.row, shareOf(length, thread, threads), shareOf(length, thread + 1, threads));
    }
    barrier(field.team);
  }
}

// memory.copy and memory.fill are calls out of WebAssembly: too slow for a row.
@inline function copyRow(source: usize, target: usize, row: usize): void {
  for (let c: usize = 0; c < row; c += LANE_BYTES) storeLanes(target + c, loadLanes(source + c));
}

@inline function zeroRow(target: usize, row: usize): void {
  for (let c: usize = 0; c < row; c += LANE_BYTES) storeLanes(target + c, splat(0));
}

/** target -= Σ_l' μ(l, l') m(l') for the filtered row m, read into `message`. */
@inline function subtractMessage(kernel: Kernel, pixel: i32, row: usize, labels: i32, message: usize, target: usize): void {
  if (kernel.kind == UNIFORM) {
    sliceInto(target, kernel.lattice, pixel, row);
    return;
  }
  zeroRow(message, row);
  sliceInto(message, kernel.lattice, pixel, row);
  if (kernel.kind == PER_LABEL) {
    for (let c: usize = 0; c < row; c += LANE_BYTES) {
      storeLanes(target + c, add(loadLanes(target + c), mul(loadLanes(kernel.table + c), loadLanes(message + c))));
    }
    return;
  }
  let line = kernel.table;
  for (let l: usize = 0; l < <usize>labels; l++, line += row) {
    const m = splat(load<f32>(message + (l << 2)));
    for (let c: usize = 0; c < row; c += LANE_BYTES) storeLanes(target + c, sub(loadLanes(target + c), mul(loadLanes(line + c), m)));
  }
}

/** Q = softmax(-ψ - messages of the first `kernelCount` kernels) for this thread's pixels. */
function update(field: MeanField, kernelCount: i32, thread: i32): void {
  const row = field.row;
  const total = field.scratch + <usize>thread * 2 * row;
  const message = total + row;
  const to = shareOf(field.pixels, thread + 1, field.team.threads);
  for (let n = shareOf(field.pixels, thread, field.team.threads); n < to; n++) {
    const at = <usize>n * row;
    copyRow(field.logits + at, total, row);
    for (let k = 0; k < kernelCount; k++) subtractMessage(kernelAt(field, k), n, row, field.labels, message, total);
    softmaxRow(total, field.probabilities + at, row);
  }
  barrier(field.team);
}

/** Q = softmax(-ψ), run by every thread of the team at once. */
export function start(field: MeanField, thread: i32): void {
  update(field, 0, thread);
}

/** `steps` updates of Q, run by every thread of the team at once. */
export function iterate(field: MeanField, steps: i32, thread: i32): void {
  for (let s = 0; s < steps; s++) {
    filterAll(field, thread);
    update(field, field.kernelCount, thread);
  }
}

/** Σ_i Σ_l Q_i(l) ψ_i(l). */
export function unaryEnergy(field: MeanField): f64 {
  let energy: f64 = 0;
  for (let n: usize = 0; n < <usize>field.pixels; n++) {
    for (let l: usize = 0; l < <usize>field.labels; l++) {
      const at = n * field.row + (l << 2);
      energy -= <f64>load<f32>(field.probabilities + at) * <f64>load<f32>(field.logits + at);
    }
  }
  return energy;
}

/** Σ_i Σ_l Q_i(l) ln Q_i(l). (Not by Math.log, whose tables would lie where the caller's memory begins.) */
export function negativeEntropy(field: MeanField): f64 {
  let energy: f64 = 0;
  const end = field.probabilities + <usize>field.pixels * field.row;
  for (let p = field.probabilities; p < end; p += LANE_BYTES) {
    const q = loadLanes(p);
    energy += <f64>sumOf(mul(q, log(max(q, splat(1e-37)))));
  }
  return energy;
}

/** ½ Σ_k Σ_i Σ_l Q_i(l) Σ_l' μ_k(l, l') Σ_j k_k(f_i, f_j) Q_j(l'), run by every thread at once; only thread 0 sums. */
export function pairwiseEnergy(field: MeanField, thread: i32): f64 {
  filterAll(field, thread);
  if (thread != 0) return 0;
  const total = field.scratch;
  const message = total + field.row;
  let energy: f64 = 0;
  for (let n = 0; n < field.pixels; n++) {
    zeroRow(total, field.row);
    for (let k = 0; k < field.kernelCount; k++) subtractMessage(kernelAt(field, k), n, field.row, field.labels, message, total);
    for (let l: usize = 0; l < <usize>field.labels; l++) {
      energy -= <f64>load<f32>(field.probabilities + <usize>n * field.row + (l << 2)) * <f64>load<f32>(total + (l << 2));
    }
  }
  return energy / 2;
}

/** Spreads tight rows of `channels` numbers at `source` into padded rows at `target`, the padding filled with `padding`. */
export function pad(source: usize, target: usize, count: i32, channels: i32, row: usize, padding: f32): void {
  const bytes = <usize>channels << 2;
  for (let n = 0; n < count; n++, source += bytes, target += row) {
    memory.copy(target, source, bytes);
    for (let c = bytes; c < row; c += 4) store<f32>(target + c, padding);
  }
}

/** The reverse of `pad`; source and target may be the same. */
export function unpad(source: usize, target: usize, count: i32, channels: i32, row: usize): void {
  const bytes = <usize>channels << 2;
  for (let n = 0; n < count; n++, source += row, target += bytes) memory.copy(target, source, bytes);
}

/**
 * ln(min(max(p, clip), 1)) over tight rows in place: with the sign turned, the unary energies of probabilities. `count` numbers, rounded up
 * to whole lanes.
 */
export function logarithms(values: usize, count: i32, clip: f32): void {
  const lowest = splat(clip);
  const highest = splat(1);
  const end = values + (<usize>count << 2);
  for (let p = values; p < end; p += LANE_BYTES) storeLanes(p, log(min(max(loadLanes(p), lowest), highest)));
}

/** The plain filter, run by every thread at once: output = slice(blur(splat(input))), the axes in descending order where `transposed`. */
export function filter(
  team: Team, lattice: Lattice, input: usize, output: usize, pixels: i32, row: usize, transposed: i32, thread: i32,
): void {
  const threads = team.threads;
  splatRange(lattice, input, row, shareOf(lattice.points, thread, threads), shareOf(lattice.points, thread + 1, threads));
  barrier(team);
  for (let i = 0; i < lattice.vertexCount; i++) {
    const axis = transposed ? lattice.vertexCount - 1 - i : i;
    const length = load<i32>(lattice.chainLengths + (<usize>axis << 2));
    blurRange(lattice, axis, row, shareOf(length, thread, threads), shareOf(length, thread + 1, threads));
    barrier(team);
  }
  const from = shareOf(pixels, thread, threads);
  const to = shareOf(pixels, thread + 1, threads);
  memory.fill(output + <usize>from * row, 0, <usize>(to - from) * row);
  for (let n = from; n < to; n++) sliceInto(output + <usize>n * row, lattice, n, row);
  barrier(team);
}
