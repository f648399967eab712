import type { Picture } from '../dataset.js';
import { indicesOfRuns } from './bmp-runs.js';
import { tooLarge } from './picture-limits.js';

export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d;

/** What the header of a BMP file says. */
interface BmpHeader {
  width: number;
  height: number;
  /** Rows from the top down, instead of up. */
  downward: boolean;
  bits: number;
  /** Where the pixels begin. */
  pixels: number;
  /** Palette indices are runs, see {@link indicesOfRuns}. */
  runs: boolean;
  palette?: { at: number; step: 3 | 4; colors: number };
  /** Without a palette: where red, green and blue lie in the bits of a pixel. */
  masks: readonly number[];
}

/** Where red, green and blue lie if no masks say so: 5 bits each, or a byte each, blue first. */
const usualMasks = (bits: number) => (bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff]);

/** @throws Error as a sentence that goes on after the file's name, if it is damaged or compressed in a way that is not read */
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
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`it is a BMP of ${bits} bits a pixel, which is not read; save it as PNG`);
  const runs = (compression === 1 && bits === 8) || (compression === 2 && bits === 4);
  const fields = compression === 3 && bits > 8;
  if (compression !== 0 && !runs && !fields)
    throw new Error(`it is a BMP of ${bits} bits compressed in way ${compression}, which is not read; save it as PNG`);
  // Each row but the last ends with two bytes, or is passed over.
  if (runs && (width >= 2 ** 16 || 2 * (height - 1) > bytes.length))
    throw new Error(`it is truncated: runs of ${width}×${height} pixels need more than ${bytes.length} bytes`);
  const masks = fields ? fieldsOf(view, bits) : usualMasks(bits);
  const step = old ? 3 : 4;
  const colors = bits > 8 ? 0 : (old ? 0 : view.getUint32(46, true)) || 2 ** bits;
  const palette = colors ? ({ at: 14 + size, step, colors } as const) : undefined;
  return { width, height, downward: rows < 0, bits, pixels, runs, palette, masks };
}

function fieldsOf(view: DataView, bits: number): number[] {
  if (view.byteLength < 66) throw new Error('it is truncated: its masks of colors are not there');
  const masks = [54, 58, 62].map(at => view.getUint32(at, true));
  if (masks.every(mask => mask === 0)) return usualMasks(bits);
  const isField = (mask: number) => {
    const most = mask >>> shiftOf(mask);
    return mask !== 0 && mask < 2 ** bits && (most & (most + 1)) === 0 && most < 256;
  };
  if (masks.every(isField)) return masks;
  throw new Error(`its masks of colors ${masks.map(mask => `0x${mask.toString(16)}`).join(', ')} are not read; save it as PNG`);
}

/** Zero bits below a mask. */
const shiftOf = (mask: number) => 31 - Math.clz32(mask & -mask);

/**
 * Decodes a BMP file: 1, 4 and 8 bits with a palette, also as runs (RLE4 and RLE8), 16, 24 and 32 bits; transparency is left out.
 *
 * @throws Error like {@link readBmpHeader}, or if it is truncated
 */
export function decodeBmp(bytes: Uint8Array): Picture {
  const { width, height, downward, bits, pixels, runs, palette, masks } = readBmpHeader(bytes);
  const indices = runs ? indicesOfRuns(bytes.subarray(pixels), { width, height, bits }) : undefined;
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (!indices && pixels + stride * height > bytes.length)
    throw new Error(`it is truncated: ${width}×${height} pixels need ${pixels + stride * height} bytes, it has ${bytes.length}`);
  const data = new Uint8Array(width * height * 3);
  const shifts = masks.map(shiftOf);
  const most = masks.map((mask, c) => mask >>> shifts[c]!);
  for (let y = 0; y < height; y++) {
    const line = downward ? y : height - 1 - y;
    const row = pixels + stride * line;
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 3;
      if (palette) {
        const packed = (x * bits) % 8;
        const index = indices?.[line * width + x] ?? (bytes[row + ((x * bits) >> 3)]! >> (8 - bits - packed)) & (2 ** bits - 1);
        if (index >= palette.colors) throw new Error(`color ${index} is not among the ${palette.colors} of its palette`);
        const from = palette.at + palette.step * index;
        for (let c = 0; c < 3; c++) data[to + c] = bytes[from + 2 - c]!;
      } else {
        let value = 0;
        for (let byte = bits / 8 - 1, from = row + (x * bits) / 8; byte >= 0; byte--) value = (value << 8) | bytes[from + byte]!;
        for (let c = 0; c < 3; c++) data[to + c] = (((value >>> shifts[c]!) & most[c]!) * 255) / most[c]!;
      }
    }
  }
  return { width, height, data };
}
