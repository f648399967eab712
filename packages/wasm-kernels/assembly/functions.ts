// Elementary functions of four floats at a time. Their coefficients are minimax fits made for this file.

/** a·b + c; with relaxed SIMD rounded once where the processor can. */
@inline export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

@inline export function splat(x: f32): v128 { return f32x4.splat(x); }

@inline export function sumOf(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

@inline export function largestOf(x: v128): f32 {
  const y = f32x4.pmax(x, i32x4.shuffle(x, x, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(y, i32x4.shuffle(y, y, 1, 0, 3, 2)), 0);
}

/** e^r for |r| ≤ ln 2 / 2, to 1e-7. */
@inline function expNearZero(r: v128): v128 {
  let p = multiplyAdd(splat(0.0013941117534541463), r, splat(0.008363179811857769));
  p = multiplyAdd(p, r, splat(0.04166637520947456));
  p = multiplyAdd(p, r, splat(0.1666657697858653));
  p = multiplyAdd(p, r, splat(0.5000000026939215));
  return f32x4.add(multiplyAdd(f32x4.mul(p, r), r, r), splat(1));
}

/** e^x for x ≤ 0 (or little above); 0 below -87. */
@inline export function expOfNegative(x: v128): v128 {
  // x = k ln 2 + r. Adding 1.5 · 2²³ rounds to an integer and leaves k in the low bits. ln 2 in two parts, so that k ln 2 is exact.
  const bounded = f32x4.pmax(x, splat(-87));
  const shifted = multiplyAdd(bounded, splat(1.4426950408889634), splat(12582912));
  const k = f32x4.sub(shifted, splat(12582912));
  const r = multiplyAdd(k, splat(2.12194440e-4), multiplyAdd(k, splat(-0.693359375), bounded));
  return v128.andnot(i32x4.add(expNearZero(r), i32x4.shl(shifted, 23)), f32x4.lt(x, splat(-87)));
}

/** e^x for every x: infinity above 88.7, 0 below -104, NaN of NaN. */
@inline export function exp(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, splat(-105)), splat(90));
  const k = f32x4.nearest(f32x4.mul(bounded, splat(1.4426950408889634)));
  const r = multiplyAdd(k, splat(2.12194440e-4), multiplyAdd(k, splat(-0.693359375), bounded));
  // 2^k in two factors, since k may lie outside of the exponents of normal numbers.
  const integer = i32x4.trunc_sat_f32x4_s(k);
  const half = i32x4.shr_s(integer, 1);
  return f32x4.mul(f32x4.mul(expNearZero(r), powerOfTwo(half)), powerOfTwo(i32x4.sub(integer, half)));
}

@inline function powerOfTwo(k: v128): v128 { return i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23); }

/** The error function, to 4e-7 of its value. */
@inline export function erf(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, splat(-3.92)), splat(3.92));
  const u = f32x4.mul(bounded, bounded);
  let p = multiplyAdd(splat(-1.2799278016795636e-8), u, splat(4.609120191867824e-6));
  p = multiplyAdd(p, u, splat(3.7675545442725396e-4));
  p = multiplyAdd(p, u, splat(3.8386465313675045e-3));
  p = multiplyAdd(p, u, splat(5.424400662073671e-2));
  p = multiplyAdd(p, u, splat(0.18513618524348158));
  p = multiplyAdd(p, u, splat(1.1283791691434228));
  let q = multiplyAdd(splat(6.239809768594297e-5), u, splat(1.3015250162541508e-3));
  q = multiplyAdd(q, u, splat(1.5430083967128073e-2));
  q = multiplyAdd(q, u, splat(0.11387404595163489));
  q = multiplyAdd(q, u, splat(0.49740607843614576));
  q = multiplyAdd(q, u, splat(1));
  return f32x4.div(f32x4.mul(bounded, p), q);
}

/** tanh, to 4e-7 of its value. */
@inline export function tanh(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, splat(-9.01)), splat(9.01));
  const u = f32x4.mul(bounded, bounded);
  let p = multiplyAdd(splat(-1.2225024631522476e-11), u, splat(3.061407132082012e-8));
  p = multiplyAdd(p, u, splat(2.8019530983603082e-5));
  p = multiplyAdd(p, u, splat(3.8689257824040687e-3));
  p = multiplyAdd(p, u, splat(0.13680392247368556));
  p = multiplyAdd(p, u, splat(0.9999999987103566));
  let q = multiplyAdd(splat(1.2882103226768583e-6), u, splat(3.939685717591907e-4));
  q = multiplyAdd(q, u, splat(2.72480272446674e-2));
  q = multiplyAdd(q, u, splat(0.4701372432496533));
  q = multiplyAdd(q, u, splat(1));
  return f32x4.div(f32x4.mul(bounded, p), q);
}

/** ln x for x ≥ 0: -infinity of 0; NaN below. Subnormal numbers count as the smallest normal one. */
@inline export function log(x: v128): v128 {
  // x = m 2^e, m in [√½, √2): ln m = 2 artanh s, s = (m - 1) / (m + 1), as its power series.
  const normal = f32x4.pmax(x, splat(1.1754943508222875e-38));
  const e = i32x4.shr_s(i32x4.sub(normal, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(normal, i32x4.shl(e, 23));
  const s = f32x4.div(f32x4.sub(m, splat(1)), f32x4.add(m, splat(1)));
  const z = f32x4.mul(s, s);
  let p = multiplyAdd(splat(2.0 / 9.0), z, splat(2.0 / 7.0));
  p = multiplyAdd(p, z, splat(2.0 / 5.0));
  p = multiplyAdd(p, z, splat(2.0 / 3.0));
  const k = f32x4.convert_i32x4_s(e);
  const small = multiplyAdd(f32x4.mul(f32x4.mul(p, z), s), splat(1), f32x4.mul(k, splat(-2.12194440e-4)));
  let y = f32x4.add(multiplyAdd(splat(2), s, small), f32x4.mul(k, splat(0.693359375)));
  y = v128.bitselect(splat(-Infinity), y, f32x4.eq(x, splat(0)));
  y = v128.bitselect(x, y, f32x4.eq(x, splat(Infinity)));
  return v128.bitselect(splat(NaN), y, v128.or(f32x4.lt(x, splat(0)), f32x4.ne(x, x)));
}

/** Φ(x), the share of a standard normal variable below x. */
@inline export function normalCdf(x: v128): v128 {
  return multiplyAdd(erf(f32x4.mul(x, splat(0.7071067811865476))), splat(0.5), splat(0.5));
}
