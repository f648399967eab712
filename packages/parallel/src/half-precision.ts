// IEEE 754 binary16 values as their bits, times a power of two.
import { float16Values } from '@wsss/numpy';

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/** Largest power of two that half precision holds is 2¹⁵; a step below it, so that rounding up stays inside. */
const TOP_EXPONENT = 14;

/**
 * The power of two, as its exponent, by which values are multiplied to use the range of half precision best: the largest one comes to lie
 * in [2¹⁴, 2¹⁵). Values 2³⁸ times smaller than it become 0. 0 for zeros alone; infinite values and NaN do not count.
 */
export function scaleExponent(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest && size !== Number.POSITIVE_INFINITY) largest = size;
  }
  return largest === 0 ? 0 : TOP_EXPONENT - exponentOf(largest);
}

/** ⌊log₂ x⌋ of a positive float32. */
function exponentOf(x: number): number {
  value[0] = x;
  const exponent = bits[0]! >>> 23;
  if (exponent !== 0) return exponent - 127;
  return Math.floor(Math.log2(x)); // subnormal
}

/** Adds what `toFloat16s` wrote, divided by 2^exponent, to sums. */
export function addHalves(halves: Uint16Array, exponent: number, sums: Float32Array): void {
  const factor = 2 ** -exponent;
  const table = float16Values();
  for (let i = 0; i < sums.length; i++) sums[i]! += table[halves[i]!]! * factor;
}

/** Writes what `toFloat16s` wrote, divided by 2^exponent. */
export function decodeHalves(halves: Uint16Array, exponent: number, values: Float32Array): void {
  const factor = 2 ** -exponent;
  const table = float16Values();
  for (let i = 0; i < values.length; i++) values[i] = table[halves[i]!]! * factor;
}
