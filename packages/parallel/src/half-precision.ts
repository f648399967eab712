/** IEEE 754 binary16 values as their bits, times a power of two. */

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/** Largest power of two that half precision holds is 2¹⁵; a step below it, so that rounding up stays inside. */
const TOP_EXPONENT = 14;
const INFINITY = 0x7c00;

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

/**
 * Rounds values · 2^exponent to half precision, to the nearest, ties to even.
 *
 * @param halves receives the bits, as many as values.
 */
export function encodeHalves(values: Float32Array, exponent: number, halves: Uint16Array): void {
  // 2^exponent may lie beyond float32 and even double precision may need two steps for subnormals, but a factor in double is enough here.
  const factor = 2 ** exponent;
  for (let i = 0; i < values.length; i++) {
    value[0] = values[i]! * factor;
    const word = bits[0]!;
    const sign = (word >>> 16) & 0x8000;
    const size = word & 0x7fffffff;
    if (size >= 0x47800000) {
      halves[i] = sign | (size > 0x7f800000 ? 0x7e00 : INFINITY);
    } else if (size >= 0x38800000) {
      halves[i] = sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
    } else {
      value[0] = Math.abs(value[0]!) + 0.5; // the sum's last bit is 2⁻²⁴, that of half precision's subnormals: the addition rounds
      halves[i] = sign | (bits[0]! - 0x3f000000);
    }
  }
}

/** Adds what {@link encodeHalves} wrote, divided by 2^exponent, to sums. */
export function addHalves(halves: Uint16Array, exponent: number, sums: Float32Array): void {
  const factor = 2 ** -exponent;
  const table = halfValues();
  for (let i = 0; i < sums.length; i++) sums[i]! += table[halves[i]!]! * factor;
}

/** Writes what {@link encodeHalves} wrote, divided by 2^exponent. */
export function decodeHalves(halves: Uint16Array, exponent: number, values: Float32Array): void {
  const factor = 2 ** -exponent;
  const table = halfValues();
  for (let i = 0; i < values.length; i++) values[i] = table[halves[i]!]! * factor;
}

let table: Float32Array | undefined;

/** The value of each of the 65 536 bit patterns. */
function halfValues(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  });
  return table;
}
