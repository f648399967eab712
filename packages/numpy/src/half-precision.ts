const word = new Uint32Array(1);
const value = new Float32Array(word.buffer);

let table: Float32Array | undefined;

/** The value of each of the 65 536 bit patterns of an IEEE 754 binary16 number. */
export function float16Values(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  });
  return table;
}

/** The values of IEEE 754 binary16 numbers given by their 16 bits each. */
export function fromFloat16s(bits: Uint16Array): Float32Array {
  const all = float16Values();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = all[bits[i]!]!;
  return values;
}

/**
 * The 16 bits each of the binary16 numbers nearest to values (ties to even; beyond ±65504 they become infinite).
 *
 * @param bits receives them, as many as values.
 * @param factor multiplies the values first, a power of two.
 */
export function toFloat16s(values: Float32Array, bits: Uint16Array = new Uint16Array(values.length), factor = 1): Uint16Array {
  for (let i = 0; i < values.length; i++) {
    value[0] = values[i]! * factor;
    const sign = (word[0]! >>> 16) & 0x8000;
    const size = word[0]! & 0x7fffffff;
    if (size >= 0x47800000) {
      bits[i] = sign | (size > 0x7f800000 ? 0x7e00 : 0x7c00);
    } else if (size >= 0x38800000) {
      bits[i] = sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
    } else {
      value[0] = Math.abs(value[0]!) + 0.5; // the sum's last bit is 2⁻²⁴, that of binary16's subnormals: the addition rounds
      bits[i] = sign | (word[0]! - 0x3f000000);
    }
  }
  return bits;
}

/** The values of bfloat16 numbers (the upper halves of float32) given by their 16 bits each. */
export function fromBfloat16s(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}
