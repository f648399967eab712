/** The four kinds of floats of 8 bits, by how many bits their exponent and mantissa have; `fnuz`: finite, with one zero. */
export type Float8 = 'e4m3' | 'e5m2' | 'e4m3fnuz' | 'e5m2fnuz';

const tables = new Map<Float8, Float32Array>();

/** The values of 8-bit floats (Micikevicius et al. 2022; `e4m3` has no infinities) given by their bits. */
export function fromFloat8s(bits: Uint8Array, kind: Float8): Float32Array {
  let table = tables.get(kind);
  if (!table) {
    table = Float32Array.from({ length: 256 }, (_, byte) => valueOfByte(byte, kind));
    tables.set(kind, table);
  }
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
  return values;
}

function valueOfByte(byte: number, kind: Float8): number {
  const mantissaBits = kind.startsWith('e4m3') ? 3 : 2;
  const exponentBits = 7 - mantissaBits;
  const unsignedZero = kind.endsWith('fnuz');
  const bias = 2 ** (exponentBits - 1) - (unsignedZero ? 0 : 1);
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte >> mantissaBits) & (2 ** exponentBits - 1);
  const fraction = (byte & (2 ** mantissaBits - 1)) / 2 ** mantissaBits;
  if (unsignedZero && byte === 0x80) return Number.NaN;
  if (kind === 'e4m3' && (byte & 0x7f) === 0x7f) return Number.NaN;
  if (kind === 'e5m2' && exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction) * 2 ** (exponent - bias) : fraction * 2 ** (1 - bias));
}
