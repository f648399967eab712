// The wire format of protocol buffers: a message is its fields, one after the other, each a key (number · 8 + wire type) and a value.

/** An encoded field, in pieces that {@link encodeMessage} joins. */
export type Field = Uint8Array[];

const encoder = new TextEncoder();

/** A whole number (int64, bool, enum). @throws RangeError unless JavaScript holds it exactly. */
export function varintField(number: number, value: number): Field {
  return [Uint8Array.from([...varint(number * 8), ...varint(value)])];
}

/** A float32. */
export function floatField(number: number, value: number): Field {
  return [Uint8Array.from(varint(number * 8 + 5)), new Uint8Array(Float32Array.of(value).buffer)];
}

/** A float64. */
export function doubleField(number: number, value: number): Field {
  return [Uint8Array.from(varint(number * 8 + 1)), new Uint8Array(Float64Array.of(value).buffer)];
}

/** Text, bytes, or a message, which is the fields it holds. Bytes are kept, not copied. */
export function bytesField(number: number, value: string | Uint8Array | readonly Field[]): Field {
  const parts = typeof value === 'string' ? [encoder.encode(value)] : value instanceof Uint8Array ? [value] : value.flat();
  return [Uint8Array.from([...varint(number * 8 + 2), ...varint(lengthOf(parts))]), ...parts];
}

/** Repeated whole numbers in their packed form. */
export function packedField(number: number, values: readonly number[]): Field {
  return values.length ? bytesField(number, Uint8Array.from(values.flatMap(varint))) : [];
}

export function encodeMessage(fields: readonly Field[]): Uint8Array {
  const parts = fields.flat();
  const message = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    message.set(part, at);
    at += part.length;
  }
  return message;
}

/** The fields of a message that hold bytes (text, bytes, messages), as views; numbers are passed over. @throws RangeError if it is cut. */
export function* bytesFieldsOf(message: Uint8Array): Generator<[number: number, value: Uint8Array]> {
  let at = 0;
  const skip = (length: number) => {
    at += length;
    if (at > message.length) throw new RangeError(`protobuf: a message of ${message.length} bytes is cut`);
  };
  const next = () => {
    for (let value = 0, unit = 1; ; unit *= 128) {
      skip(1);
      const byte = message[at - 1]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = next();
    const wireType = key % 8;
    if (wireType === 0) next();
    else if (wireType === 2) {
      const length = next();
      skip(length);
      yield [Math.floor(key / 8), message.subarray(at - length, at)];
    } else skip(wireType === 1 ? 8 : 4);
  }
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** Seven bits a byte, lowest first; the top bit says that more follow. */
function varint(value: number): number[] {
  if (!Number.isSafeInteger(value)) throw new RangeError(`protobuf: ${value} is not a whole number below 2^53`);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
