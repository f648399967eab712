// One float at a time, for engines without SIMD: the same functions as lanes-simd.ts.

export type Lanes = f32;
export const LANES: i32 = 1;
export const LANE_BYTES: usize = 4;

@inline export function splat(x: f32): Lanes { return x; }
@inline export function loadLanes(p: usize, immediate: usize = 0): Lanes { return load<f32>(p + immediate); }
@inline export function storeLanes(p: usize, x: Lanes): void { store<f32>(p, x); }
@inline export function add(a: Lanes, b: Lanes): Lanes { return a + b; }
@inline export function sub(a: Lanes, b: Lanes): Lanes { return a - b; }
@inline export function mul(a: Lanes, b: Lanes): Lanes { return a * b; }
@inline export function div(a: Lanes, b: Lanes): Lanes { return a / b; }
@inline export function max(a: Lanes, b: Lanes): Lanes { return a > b ? a : b; }
@inline export function min(a: Lanes, b: Lanes): Lanes { return a < b ? a : b; }
@inline export function keepWhereLess(a: Lanes, b: Lanes, x: Lanes): Lanes { return a < b ? x : <f32>0; }
@inline export function sumOf(a: Lanes): f32 { return a; }
@inline export function maxAcross(a: Lanes): Lanes { return a; }
@inline export function sumAcross(a: Lanes): Lanes { return a; }
@inline export function scaleByPower(p: Lanes, shifted: Lanes): Lanes {
  return reinterpret<f32>(reinterpret<i32>(p) + (reinterpret<i32>(shifted) << 23));
}
@inline export function powerOfTwo(k: Lanes): Lanes { return reinterpret<f32>((<i32>k + 127) << 23); }
@inline export function exponentOf(x: Lanes): Lanes { return <f32>((reinterpret<i32>(x) - 0x3f3504f3) >> 23); }
