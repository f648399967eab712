/** Reads bits of bytes, the highest first. */
class BitReader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  /** @throws Error at the end of the bytes */
  read(bits: number): number {
    if (this.at + bits > this.bytes.length * 8) throw new Error('it ends too early');
    let value = 0;
    for (let i = 0; i < bits; i++, this.at++) value = value * 2 + ((this.bytes[this.at >> 3]! >> (7 - (this.at & 7))) & 1);
    return value;
  }
}

/**
 * The pixels of a brush stroke of Label Studio: RGBA values, packed as `@thi.ng/rle-pack` does: their number (32 bits), the bits of a value
 * less one (5), four sizes of run lengths less one (4 each), then runs: one bit (1: a value that repeats, 0: values that differ), which of
 * the four sizes (2), the length less one, and the value or values.
 *
 * @param packed bytes
 * @param size of the picture
 * @returns [height, width], 1 where the picture is brushed over (its alpha is not 0)
 * @throws Error as a sentence that goes on after the mask's name
 */
export function brushedPixels(packed: Uint8Array, size: { width: number; height: number }): Uint8Array {
  const input = new BitReader(packed);
  const count = input.read(32);
  const { width, height } = size;
  if (count !== width * height * 4) throw new Error(`it is of ${count / 4} pixels, its picture of ${width}×${height}`);
  const bits = input.read(5) + 1;
  const sizes = Array.from({ length: 4 }, () => input.read(4) + 1);
  const pixels = new Uint8Array(width * height);
  for (let at = 0; at < count; ) {
    const repeats = input.read(1) === 1;
    const end = at + 1 + input.read(sizes[input.read(2)]!);
    if (end > count) throw new Error('its runs are longer than its picture');
    const value = repeats ? input.read(bits) : 0;
    for (; at < end; at++) {
      const here = repeats ? value : input.read(bits);
      if (here && at % 4 === 3) pixels[at >> 2] = 1;
    }
  }
  return pixels;
}
