// With relaxed SIMD. The build script puts this file, or multiply-add-plain.ts, in the place of './multiply-add'.

/** a·b + c, rounded once where the processor can. */
// @ts-ignore: decorator
@inline export function multiplyAdd(a: v128, b: v128, c: v128): v128 { return f32x4.relaxed_madd(a, b, c); }
