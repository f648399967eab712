import type { Refuse } from '../file-format-error.js';

/** The bytes of a pickle, read from front to back with every bound checked. */
export class PickleInput {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(
    { buffer, byteOffset, byteLength }: Uint8Array,
    private readonly refuse: Refuse,
    public position: number,
  ) {
    this.bytes = new Uint8Array(buffer, byteOffset, byteLength); // views of a Node buffer would be Node buffers
    this.view = new DataView(buffer, byteOffset, byteLength);
  }

  /** The next `length` bytes: a view, not a copy. */
  take(length: number): Uint8Array {
    const left = this.bytes.length - this.position;
    if (!(length >= 0 && length <= left))
      this.refuse(`at byte ${this.position} it wants ${length} bytes, ${Math.max(0, left)} are left (truncated?)`);
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  uint8(): number {
    return this.bytes[this.position++] ?? this.refuse('it ends in the middle (truncated?)');
  }

  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  /** A length of 64 bits. One that is no safe integer is longer than any file, so its lower digits do not matter. */
  length64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  float64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** A signed little-endian integer of at most 4096 bytes: a number where it is safe, a bigint elsewhere. */
  integer(length: number): number | bigint {
    if (length > 4096) this.refuse(`it holds an integer of ${length} bytes`);
    const digits = Array.from(this.take(length), byte => byte.toString(16).padStart(2, '0')).reverse();
    const value = BigInt.asIntN(8 * length, BigInt(`0x0${digits.join('')}`));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  /** A name: text up to the next line break, without it. */
  line(): string {
    const end = this.bytes.subarray(this.position, this.position + 1000).indexOf(0x0a);
    if (end < 0) this.refuse(`the name at byte ${this.position} does not end`);
    const text = latin1(this.take(end));
    this.position++;
    return text;
  }

  text(length: number): string {
    return utf8.decode(this.take(length));
  }

  /** Moves on by `length` bytes and returns where they begin. */
  private skip(length: number): number {
    this.take(length);
    return this.position - length;
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of one character a byte. (The `latin1` of TextDecoder is another encoding, windows-1252.) */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}
