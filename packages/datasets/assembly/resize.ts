import { pixelAt, storePixel } from './pixels';

const PRECISION: i32 = 22;

/**
 * Weighted sums along rows. Output column x looks at `counts[x]` pixels from `firsts[x]` on, with the weights at `weights[x · reach]`.
 *
 * @param stride bytes from an input row to the next
 */
export function resizeRows(source: usize, stride: usize, target: usize, width: i32, rows: i32,
  firsts: usize, counts: usize, weights: usize, reach: i32): void {
  const half = i32x4.splat(1 << (PRECISION - 1));
  for (let y = 0; y < rows; y++) {
    const row = source + usize(y) * stride;
    for (let x = 0; x < width; x++) {
      const count = load<i32>(counts + (usize(x) << 2));
      let pixel = row + usize(3 * load<i32>(firsts + (usize(x) << 2)));
      let weight = weights + (usize(x * reach) << 2);
      const end = weight + (usize(count) << 2);
      let sum = half;
      for (; weight < end; weight += 4, pixel += 3) sum = i32x4.add(sum, i32x4.mul(pixelAt(pixel), v128.load_splat<u32>(weight)));
      storePixel(target, i32x4.shr_s(sum, PRECISION));
      target += 3;
    }
  }
}

/** The same along columns, 16 bytes at a time. @param from the input row that `source` begins at */
export function resizeColumns(source: usize, stride: usize, target: usize, rows: i32, from: i32,
  firsts: usize, counts: usize, weights: usize, reach: i32): void {
  const half = i32x4.splat(1 << (PRECISION - 1));
  for (let y = 0; y < rows; y++) {
    const first = source + usize(load<i32>(firsts + (usize(y) << 2)) - from) * stride;
    const begin = weights + (usize(y * reach) << 2);
    const end = begin + (usize(load<i32>(counts + (usize(y) << 2))) << 2);
    for (let i: usize = 0; i < stride; i += 16) {
      let a = half;
      let b = half;
      let c = half;
      let d = half;
      let input = first + i;
      for (let at = begin; at < end; at += 4, input += stride) {
        const weight = v128.load_splat<u32>(at);
        const bytes = v128.load(input);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
      }
      const low = i16x8.narrow_i32x4_s(i32x4.shr_s(a, PRECISION), i32x4.shr_s(b, PRECISION));
      const high = i16x8.narrow_i32x4_s(i32x4.shr_s(c, PRECISION), i32x4.shr_s(d, PRECISION));
      v128.store(target + i, i8x16.narrow_i16x8_u(low, high));
    }
    target += stride;
  }
}
