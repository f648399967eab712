/** Writes messages in the protobuf wire format: a message is its encoded fields, one after the other. */
export type Field = Uint8Array[];

const encoder = new TextEncoder();

/** A whole number (int64, bool, enum). */
export function varintField(number: number, value: number): Field {
  return [Uint8Array.from([...varint(number * 8), ...varint(value)])];
}

/** A float32. */
export function floatField(number: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [Uint8Array.from([...varint(number * 8 + 5), ...bytes])];
}

/** Text, bytes, or a message, which is the fields it holds. Bytes are kept, not copied. */
export function bytesField(number: number, value: string | Uint8Array | readonly Field[]): Field {
  const parts = typeof value === 'string' ? [encoder.encode(value)] : value instanceof Uint8Array ? [value] : value.flat();
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.from([...varint(number * 8 + 2), ...varint(length)]), ...parts];
}

/** A repeated number in its packed form. */
export function packedField(number: number, values: readonly number[]): Field {
  return values.length ? bytesField(number, Uint8Array.from(values.flatMap(varint))) : [];
}

/** @throws RangeError unless the value is a whole number that JavaScript holds exactly. */
function varint(value: number): number[] {
  if (!Number.isSafeInteger(value)) throw new RangeError(`protobuf: ${value} is not a whole number below 2^53`);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
