// Four floats at a time. The build script puts this file, or lanes-scalar.ts, in the place of './lanes'.

export type Lanes = v128;
export const LANES: i32 = 4;
export const LANE_BYTES: usize = 16;

@inline export function splat(x: f32): Lanes { return f32x4.splat(x); }
@inline export function loadLanes(p: usize, immediate: usize = 0): Lanes { return v128.load(p + immediate); }
@inline export function storeLanes(p: usize, x: Lanes): void { v128.store(p, x); }
@inline export function add(a: Lanes, b: Lanes): Lanes { return f32x4.add(a, b); }
@inline export function sub(a: Lanes, b: Lanes): Lanes { return f32x4.sub(a, b); }
@inline export function mul(a: Lanes, b: Lanes): Lanes { return f32x4.mul(a, b); }
@inline export function div(a: Lanes, b: Lanes): Lanes { return f32x4.div(a, b); }
@inline export function max(a: Lanes, b: Lanes): Lanes { return f32x4.pmax(a, b); }
@inline export function min(a: Lanes, b: Lanes): Lanes { return f32x4.pmin(a, b); }
/** Where a < b: x, else 0. */
@inline export function keepWhereLess(a: Lanes, b: Lanes, x: Lanes): Lanes { return v128.and(f32x4.lt(a, b), x); }
@inline export function sumOf(a: Lanes): f32 {
  return f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + (f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3));
}
/** The largest lane in every lane, and the sum of the lanes in every lane. */
@inline export function maxAcross(a: Lanes): Lanes {
  const b = f32x4.pmax(a, i32x4.shuffle(a, a, 2, 3, 0, 1));
  return f32x4.pmax(b, i32x4.shuffle(b, b, 1, 0, 3, 2));
}
@inline export function sumAcross(a: Lanes): Lanes {
  const b = f32x4.add(a, i32x4.shuffle(a, a, 2, 3, 0, 1));
  return f32x4.add(b, i32x4.shuffle(b, b, 1, 0, 3, 2));
}
/** p · 2^k for p in [½, 2), k in the low bits of `shifted`: k is added to the exponent. */
@inline export function scaleByPower(p: Lanes, shifted: Lanes): Lanes { return i32x4.add(p, i32x4.shl(shifted, 23)); }
/** 2^k for integral k in [-126, 127]. */
@inline export function powerOfTwo(k: Lanes): Lanes {
  return i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23);
}
/** The exponent e of x = m·2^e, m in [√½, √2), for positive normal x. */
@inline export function exponentOf(x: Lanes): Lanes {
  return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23));
}
