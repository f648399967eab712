/**
 * Palette indices of a BMP file that are stored as runs (RLE8, RLE4), row by row as in the file. A pair of bytes is a count and what is
 * repeated; after a zero come 0 for the end of a row, 1 for the end, 2 for a place further on, or the count of indices that follow.
 * What is passed over has index 0.
 *
 * @throws Error as a sentence that goes on after the file's name, if it ends too early or writes outside
 */
export function indicesOfRuns(bytes: Uint8Array, { width, height, bits }: { width: number; height: number; bits: number }): Uint8Array {
  const indices = new Uint8Array(width * height);
  let [at, x, y] = [0, 0, 0];
  const next = () => {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error('its runs of pixels are truncated');
    return byte;
  };
  const put = (index: number) => {
    if (x >= width || y >= height) throw new Error('its runs of pixels go beyond its size');
    indices[y * width + x++] = index;
  };
  const half = (byte: number, i: number) => (bits === 8 ? byte : i % 2 ? byte & 15 : byte >> 4);
  while (y < height) {
    const [count, second] = [next(), next()];
    if (count) for (let i = 0; i < count; i++) put(half(second, i));
    else if (second === 0) {
      x = 0;
      y++;
    } else if (second === 1) break;
    else if (second === 2) {
      x += next();
      y += next();
    } else {
      const start = at;
      for (let i = 0, byte = 0; i < second; i++) {
        if (bits === 8 || i % 2 === 0) byte = next();
        put(half(byte, i));
      }
      if ((at - start) % 2) next(); // whole words
    }
  }
  return indices;
}
