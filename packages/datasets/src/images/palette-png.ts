import type { LabelMap } from '../dataset.js';
import { vocPalette } from '../voc/palette.js';
import { writePngChunks } from './png-chunks.js';

/** The rows of a label PNG, not yet compressed. @throws RangeError if the sizes do not fit */
export function paletteRows(caller: string, { width, height, data }: LabelMap): Uint8Array<ArrayBuffer> {
  if (!(width > 0 && height > 0) || data.length !== width * height)
    throw new RangeError(`${caller}: a label map of ${width}×${height} needs ${width * height} labels, found ${data.length}`);
  // Labels compress best unfiltered: differences of class indices mean nothing.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return rows;
}

/** A PNG of 8 bits with the palette of VOC. @param compressed its rows, in the format of zlib */
export function palettePng({ width, height }: Pick<LabelMap, 'width' | 'height'>, compressed: Uint8Array): Uint8Array {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 3], 8); // 8 bits, palette
  return writePngChunks([
    { type: 'IHDR', data: header },
    { type: 'PLTE', data: vocPalette },
    { type: 'IDAT', data: compressed },
  ]);
}
