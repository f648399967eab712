import { inflateSync } from 'node:zlib';
import { openFile } from '@wsss/files';
import type { LabelMap, Size } from '../dataset.js';
import { lfsPointer, named, readParsed } from '../read-file.js';
import { isPng, readPngChunks } from './png-chunks.js';

/**
 * Reads a label PNG exactly: the stored palette indices (or gray values) are the labels, the palette's colors do not matter.
 * Color types 3 (palette) and 0 (gray), 1, 2, 4 or 8 bits, interlaced or not.
 *
 * @throws Error naming the file if it is missing, empty, a Git LFS pointer, damaged, or holds no labels (RGB, 16 bits, alpha)
 */
export const readLabelPng = (path: string): Promise<LabelMap> => readParsed('label PNG', path, decodeLabelPng);

/** {@link readLabelPng} for a file in memory. @throws Error saying what is wrong, as a sentence that goes on after the file's name */
export function decodeLabelPng(bytes: Uint8Array): LabelMap {
  if (bytes.length === 0) throw new Error('the file is empty');
  const pointer = lfsPointer(bytes);
  if (pointer) throw new Error(pointer);
  if (!isPng(bytes)) throw new Error('it is not a PNG file; labels must be exact, so no other format is read');
  const chunks = readPngChunks(bytes);
  const { width, height, bits, interlaced } = readHeader(chunks[0]?.type === 'IHDR' ? chunks[0].data : new Uint8Array(0));

  const compressed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const parts = interlaced ? interlacedParts(width, height) : [{ width, height, x: 0, y: 0, stepX: 1, stepY: 1 }];
  const strideOf = (part: PngPart) => Math.ceil((part.width * bits) / 8);
  // A row is its filter's number and its bytes.
  const expected = parts.reduce((sum, part) => sum + part.height * (strideOf(part) + 1), 0);
  let rows: Uint8Array;
  try {
    rows = inflateSync(compressed, { maxOutputLength: expected });
  } catch (error) {
    throw new Error(`its pixel data is damaged or truncated (${(error as Error).message})`, { cause: error });
  }
  if (rows.length !== expected) throw new Error(`its pixel data is truncated: ${rows.length} bytes instead of ${expected}`);
  const data = new Uint8Array(width * height);
  let at = 0;
  for (const part of parts) {
    const own = rows.subarray(at, (at += part.height * (strideOf(part) + 1)));
    unfilter(own, part.height, strideOf(part));
    const pixels = unpack(own, part.width, part.height, strideOf(part), bits);
    if (!interlaced) return { width, height, data: pixels };
    for (const [i, value] of pixels.entries())
      data[(part.y + Math.floor(i / part.width) * part.stepY) * width + part.x + (i % part.width) * part.stepX] = value;
  }
  return { width, height, data };
}

/** A part of an image that is stored as an image of its own: its size, its first pixel, and the steps between its pixels. */
interface PngPart extends Size {
  x: number;
  y: number;
  stepX: number;
  stepY: number;
}

/** The seven parts of an interlaced image (PNG specification, section 8.2), without those that are empty. */
function interlacedParts(width: number, height: number): PngPart[] {
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  return passes
    .map(([x, y, stepX, stepY]) => ({ x, y, stepX, stepY, width: Math.ceil((width - x) / stepX), height: Math.ceil((height - y) / stepY) }))
    .filter(part => part.width > 0 && part.height > 0);
}

/**
 * Looks at the header of a label PNG alone.
 *
 * @throws Error like {@link readLabelPng}, as far as the header tells
 */
export const readLabelPngSize = async (path: string): Promise<Size> => {
  const { width, height } = await headerOf(path);
  return { width, height };
};

/** Whether the values of a PNG are labels, or colors that stand for them. @throws Error naming the file if it is no PNG */
export const labelPngKind = (path: string): Promise<'labels' | 'colors'> =>
  named(`cannot read label PNG ${path}`, async () => {
    const start = await startOf(path, 33);
    if (!isPng(start) || start.length < 33) throw new Error('it is not a PNG file; labels must be exact, so no other format is read');
    return start[25] === 0 || start[25] === 3 ? 'labels' : 'colors';
  });

const headerOf = (path: string) =>
  named(`cannot read label PNG ${path}`, async () => {
    const start = await startOf(path, 64);
    if (start.length === 0) throw new Error('the file is empty');
    const pointer = lfsPointer(start);
    if (pointer) throw new Error(pointer);
    if (!isPng(start)) throw new Error('it is not a PNG file; labels must be exact, so no other format is read');
    return readHeader(start.toString('latin1', 12, 16) === 'IHDR' && start.length >= 29 ? start.subarray(16, 29) : new Uint8Array(0));
  });

async function startOf(path: string, bytes: number): Promise<Buffer> {
  const file = await openFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const convert = (from: 'rgb' | '16-bit') => {
  const classes =
    from === 'rgb' ? ' (--classes 80 for the 80 of COCO, --colors FILE for other colors; --from-gray if its channels are equal)' : '';
  return `To convert a folder of such masks: mcc data masks --from-${from} DIR --out NEW_DIR${classes}`;
};

function readHeader(header: Uint8Array): { width: number; height: number; bits: number; interlaced: boolean } {
  if (header.length !== 13) throw new Error('it does not begin with a valid IHDR chunk');
  const view = new DataView(header.buffer, header.byteOffset, 13);
  const [width, height, bits, color, interlace] = [view.getUint32(0), view.getUint32(4), header[8]!, header[9]!, header[12]!];
  if (width === 0 || height === 0 || width * height > 2 ** 28)
    throw new Error(`its size ${width}×${height} is not possible for a label map`);
  if (color !== 0 && color !== 3) {
    const name = { 2: 'RGB', 4: 'gray with alpha', 6: 'RGBA' }[color] ?? `color type ${color}`;
    throw new Error(`it is ${name}; labels need a palette or 8-bit gray PNG, whose values are class indices. ${convert('rgb')}`);
  }
  if (![1, 2, 4, 8].includes(bits))
    throw new Error(`it has ${bits} bits a pixel; labels need a palette or gray PNG of at most 8. ${convert('16-bit')}`);
  if (interlace > 1) throw new Error(`its interlacing ${interlace} is none of PNG; save it anew`);
  return { width, height, bits, interlaced: interlace === 1 };
}

/** Undoes the row filters (PNG specification, section 9) in place. At 8 bits and fewer the left neighbor is one byte away. */
function unfilter(rows: Uint8Array, height: number, stride: number): void {
  for (let y = 0, at = 1; y < height; y++, at += stride + 1) {
    const filter = rows[at - 1]!;
    if (filter > 4) throw new Error(`row ${y} has the unknown filter ${filter}`);
    if (filter === 0) continue;
    for (let x = 0; x < stride; x++) {
      const left = x > 0 ? rows[at + x - 1]! : 0;
      const up = y > 0 ? rows[at + x - stride - 1]! : 0;
      const upLeft = x > 0 && y > 0 ? rows[at + x - stride - 2]! : 0;
      // a Uint8Array keeps the sum modulo 256
      rows[at + x]! += filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : paeth(left, up, upLeft);
    }
  }
}

/** Whichever of the three neighbors is nearest to left + up − upLeft; the first of equals. */
function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

/** Drops the filter bytes and spreads packed pixels (the leftmost in the highest bits) to one a byte. */
function unpack(rows: Uint8Array, width: number, height: number, stride: number, bits: number): Uint8Array {
  const data = new Uint8Array(width * height);
  const perByte = 8 / bits;
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1) + 1;
    if (bits === 8) data.set(rows.subarray(at, at + width), y * width);
    else
      for (let x = 0; x < width; x++) {
        const byte = rows[at + Math.floor(x / perByte)]!;
        data[y * width + x] = (byte >> (8 - bits * ((x % perByte) + 1))) & (2 ** bits - 1);
      }
  }
  return data;
}
