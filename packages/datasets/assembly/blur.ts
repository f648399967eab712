import { pixelAt, storePixel } from './pixels';

// The sums below are modulo 2³² on purpose: unsigned they always fit.
// @ts-ignore: decorator
@inline function weighted(sum: v128, inner: v128, ends: v128, outer: v128): v128 {
  return i32x4.shr_u(i32x4.add(i32x4.add(i32x4.mul(sum, inner), i32x4.mul(ends, outer)), i32x4.splat(0x800000)), 24);
}

/**
 * Three extended box blurs along each row. A line of memory holds a row with its ends repeated, each pixel as four integers; `lines`
 * are two of them, of (width + 2 · reach + 2) · 16 bytes.
 */
export function blurRows(source: usize, target: usize, width: i32, height: i32,
  lines: usize, reach: i32, innerWeight: i32, outerWeight: i32): void {
  const inner = i32x4.splat(innerWeight);
  const outer = i32x4.splat(outerWeight);
  const edge = reach + 1;
  const size = usize(width + 2 * edge) << 4;
  for (let y = 0; y < height; y++) {
    let line = lines;
    let next = lines + size;
    for (let x = 0; x < width; x++, source += 3) v128.store(line + (usize(x + edge) << 4), pixelAt(source));
    for (let pass = 0; pass < 3; pass++) {
      const first = v128.load(line + (usize(edge) << 4));
      const last = v128.load(line + (usize(width + edge - 1) << 4));
      for (let i = 0; i < edge; i++) {
        v128.store(line + (usize(i) << 4), first);
        v128.store(line + (usize(width + edge + i) << 4), last);
      }
      let sum = i32x4.splat(0);
      for (let i = 1; i < 2 * edge - 1; i++) sum = i32x4.add(sum, v128.load(line + (usize(i) << 4)));
      let before = line;
      let after = line + (usize(2 * edge) << 4);
      let out = next + (usize(edge) << 4);
      for (let x = 0; x < width; x++, before += 16, after += 16, out += 16) {
        sum = i32x4.add(sum, v128.load(after - 16));
        v128.store(out, weighted(sum, inner, i32x4.add(v128.load(before), v128.load(after)), outer));
        sum = i32x4.sub(sum, v128.load(before, 16));
      }
      const swap = line;
      line = next;
      next = swap;
    }
    for (let x = 0; x < width; x++, target += 3) storePixel(target, v128.load(line + (usize(x + edge) << 4)));
  }
}

/** One extended box blur along the columns, 16 bytes of them at a time. @param sums stride · 4 bytes, plus 64, which are overwritten */
export function blurColumns(source: usize, target: usize, stride: usize, height: i32,
  sums: usize, reach: i32, innerWeight: i32, outerWeight: i32): void {
  const inner = i32x4.splat(innerWeight);
  const outer = i32x4.splat(outerWeight);
  memory.fill(sums, 0, stride * 4 + 64);
  for (let y = -reach; y < reach; y++) {
    const row = source + usize(min(height - 1, max(0, y))) * stride;
    for (let i: usize = 0; i < stride; i++) store<i32>(sums + (i << 2), load<i32>(sums + (i << 2)) + i32(load<u8>(row + i)));
  }
  for (let y = 0; y < height; y++) {
    const before = source + usize(max(0, y - reach - 1)) * stride;
    const first = source + usize(max(0, y - reach)) * stride;
    const last = source + usize(min(height - 1, y + reach)) * stride;
    const after = source + usize(min(height - 1, y + reach + 1)) * stride;
    for (let i: usize = 0; i < stride; i += 16) {
      const at = sums + (i << 2);
      const entering = v128.load(last + i);
      const leaving = v128.load(first + i);
      const one = v128.load(before + i);
      const other = v128.load(after + i);
      const endsLow = i16x8.add(i16x8.extend_low_i8x16_u(one), i16x8.extend_low_i8x16_u(other));
      const endsHigh = i16x8.add(i16x8.extend_high_i8x16_u(one), i16x8.extend_high_i8x16_u(other));
      const inLow = i16x8.extend_low_i8x16_u(entering);
      const inHigh = i16x8.extend_high_i8x16_u(entering);
      const outLow = i16x8.extend_low_i8x16_u(leaving);
      const outHigh = i16x8.extend_high_i8x16_u(leaving);
      const a = i32x4.add(v128.load(at), i32x4.extend_low_i16x8_u(inLow));
      const b = i32x4.add(v128.load(at, 16), i32x4.extend_high_i16x8_u(inLow));
      const c = i32x4.add(v128.load(at, 32), i32x4.extend_low_i16x8_u(inHigh));
      const d = i32x4.add(v128.load(at, 48), i32x4.extend_high_i16x8_u(inHigh));
      v128.store(at, i32x4.sub(a, i32x4.extend_low_i16x8_u(outLow)));
      v128.store(at, i32x4.sub(b, i32x4.extend_high_i16x8_u(outLow)), 16);
      v128.store(at, i32x4.sub(c, i32x4.extend_low_i16x8_u(outHigh)), 32);
      v128.store(at, i32x4.sub(d, i32x4.extend_high_i16x8_u(outHigh)), 48);
      const low = i16x8.narrow_i32x4_s(
        weighted(a, inner, i32x4.extend_low_i16x8_u(endsLow), outer),
        weighted(b, inner, i32x4.extend_high_i16x8_u(endsLow), outer),
      );
      const high = i16x8.narrow_i32x4_s(
        weighted(c, inner, i32x4.extend_low_i16x8_u(endsHigh), outer),
        weighted(d, inner, i32x4.extend_high_i16x8_u(endsHigh), outer),
      );
      v128.store(target + i, i8x16.narrow_i16x8_u(low, high));
    }
    target += stride;
  }
}
