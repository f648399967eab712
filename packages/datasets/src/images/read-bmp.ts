import type { Picture } from '../dataset.js';
import { tooLarge } from './picture-limits.js';

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

/** What the header of a BMP file says. */
interface BmpHeader {
  width: number;
  height: number;
  /** Rows from the top down, instead of up. */
  downward: boolean;
  bits: number;
  pixels: number;
  palette?: { at: number; step: 3 | 4; colors: number };
}

/** @throws Error as a sentence that goes on after the file's name, if it is damaged or compressed */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) throw new Error('it is truncated: a BMP file has at least 26 bytes');
  const pixels = view.getUint32(10, true);
  const size = view.getUint32(14, true);
  const old = size === 12;
  if (!old && (size < 40 || bytes.length < 14 + 40)) throw new Error(`its header of ${size} bytes is not one of BMP`);
  const [width, rows] = old ? [view.getUint16(18, true), view.getUint16(20, true)] : [view.getInt32(18, true), view.getInt32(22, true)];
  const bits = view.getUint16(old ? 24 : 28, true);
  const compression = old ? 0 : view.getUint32(30, true);
  const height = Math.abs(rows);
  if (width < 1 || height < 1) throw new Error(`its size ${width}×${height} is not possible`);
  const large = tooLarge({ width, height });
  if (large) throw new Error(large);
  // Bit fields (3) of four bytes, blue first, are what is read without them.
  const usual =
    compression === 3 &&
    bits === 32 &&
    size >= 40 &&
    bytes.length >= 66 &&
    view.getUint32(54, true) === 0xff0000 &&
    view.getUint32(62, true) === 0xff;
  if (compression !== 0 && !usual) throw new Error('it is a compressed BMP, or one with bit fields, which is not read; save it as PNG');
  if (![1, 4, 8, 24, 32].includes(bits)) throw new Error(`it is a BMP of ${bits} bits a pixel, which is not read; save it as PNG`);
  const step = old ? 3 : 4;
  const colors = bits > 8 ? 0 : (old ? 0 : view.getUint32(46, true)) || 2 ** bits;
  return { width, height, downward: rows < 0, bits, pixels, ...(colors && { palette: { at: 14 + size, step, colors } as const }) };
}

/**
 * Decodes a BMP file: 1, 4 and 8 bits with a palette, 24 and 32 bits (of which the fourth byte is left out), without compression.
 *
 * @throws Error like {@link readBmpHeader}, or if it is truncated
 */
export function decodeBmp(bytes: Uint8Array): Picture {
  const { width, height, downward, bits, pixels, palette } = readBmpHeader(bytes);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (pixels + stride * height > bytes.length)
    throw new Error(`it is truncated: ${width}×${height} pixels need ${pixels + stride * height} bytes, it has ${bytes.length}`);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = pixels + stride * (downward ? y : height - 1 - y);
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 3;
      let from = row + (x * bits) / 8;
      if (palette) {
        const index = (bytes[Math.floor(from)]! >> (8 - bits - ((x * bits) % 8))) & (2 ** bits - 1);
        if (index >= palette.colors) throw new Error(`color ${index} is not among the ${palette.colors} of its palette`);
        from = palette.at + palette.step * index;
      }
      data[to] = bytes[from + 2]!; // blue, green, red
      data[to + 1] = bytes[from + 1]!;
      data[to + 2] = bytes[from]!;
    }
  }
  return { width, height, data };
}
