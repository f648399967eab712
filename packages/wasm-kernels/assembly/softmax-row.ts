import { expOfNegative, largestOf, splat, sumOf } from './functions';

/**
 * target = e^(source − largest) for a row of n values; 1 / Σ of them is returned. Where `hidden` is not 0, source − 10¹²·hidden stands for
 * source. Source and target may be the same.
 */
export function exponentialRow(source: usize, hidden: usize, target: usize, n: i32): f32 {
  const end = <usize>n << 2;
  const whole = end & ~15;
  let i: usize = 0;
  if (hidden) {
    const far = splat(-1e12);
    for (; i < whole; i += 16) v128.store(target + i, f32x4.add(v128.load(source + i), f32x4.mul(v128.load(hidden + i), far)));
    for (; i < end; i += 4) store<f32>(target + i, load<f32>(source + i) + load<f32>(hidden + i) * <f32>-1e12);
    source = target;
  }
  let top = splat(-Infinity);
  for (i = 0; i < whole; i += 16) top = f32x4.pmax(top, v128.load(source + i));
  let largest = largestOf(top);
  for (; i < end; i += 4) largest = max(largest, load<f32>(source + i));
  const shift = splat(largest);
  let sums = splat(0);
  for (i = 0; i < whole; i += 16) {
    const e = expOfNegative(f32x4.sub(v128.load(source + i), shift));
    sums = f32x4.add(sums, e);
    v128.store(target + i, e);
  }
  let sum = sumOf(sums);
  for (; i < end; i += 4) {
    const e = f32x4.extract_lane(expOfNegative(splat(load<f32>(source + i) - largest)), 0);
    sum += e;
    store<f32>(target + i, e);
  }
  return 1 / sum;
}

/** Multiplies n values. */
export function scaleRow(at: usize, factor: f32, n: i32): void {
  const end = <usize>n << 2;
  const f = splat(factor);
  let i: usize = 0;
  for (const whole = end & ~15; i < whole; i += 16) v128.store(at + i, f32x4.mul(v128.load(at + i), f));
  for (; i < end; i += 4) store<f32>(at + i, load<f32>(at + i) * factor);
}

/** Σ a·b of n values. */
export function dotRow(a: usize, b: usize, n: i32): f32 {
  const end = <usize>n << 2;
  let sums = splat(0);
  let i: usize = 0;
  for (const whole = end & ~15; i < whole; i += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(a + i), v128.load(b + i)));
  let sum = sumOf(sums);
  for (; i < end; i += 4) sum += load<f32>(a + i) * load<f32>(b + i);
  return sum;
}

/** target = weights · (dy − offset) of n values: what softmax makes of a gradient, with offset = Σ weights·dy. */
export function softmaxGradientRow(weights: usize, dy: usize, offset: f32, target: usize, n: i32): void {
  const end = <usize>n << 2;
  const shift = splat(offset);
  let i: usize = 0;
  for (const whole = end & ~15; i < whole; i += 16)
    v128.store(target + i, f32x4.mul(v128.load(weights + i), f32x4.sub(v128.load(dy + i), shift)));
  for (; i < end; i += 4) store<f32>(target + i, load<f32>(weights + i) * (load<f32>(dy + i) - offset));
}
