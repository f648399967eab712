import { writeFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import type { LabelMap } from '../dataset.js';
import { vocPalette } from '../voc/palette.js';
import { writeWhole } from '../write-file.js';
import { writePngChunks } from './png-chunks.js';

/**
 * A label map (0..255) as an 8-bit PNG with the palette of VOC: the labels are its indices, so that {@link decodeLabelPng}, PIL and the
 * VOC evaluation server read back exactly the labels, and viewers show the familiar colors.
 *
 * @throws RangeError if the sizes do not fit
 */
export function encodePalettePng({ width, height, data }: LabelMap): Uint8Array {
  if (!(width > 0 && height > 0) || data.length !== width * height)
    throw new RangeError(`encodePalettePng: a label map of ${width}×${height} needs ${width * height} labels, found ${data.length}`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // 8 bits, palette
  // Labels compress best unfiltered: differences of class indices mean nothing.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return writePngChunks([
    { type: 'IHDR', data: header },
    { type: 'PLTE', data: vocPalette },
    { type: 'IDAT', data: deflateSync(rows) },
  ]);
}

/** {@link encodePalettePng} into a file, which appears only when it is complete. */
export async function writePalettePng(path: string, map: LabelMap): Promise<void> {
  const png = encodePalettePng(map);
  await writeWhole('label PNG', path, unfinished => writeFile(unfinished, png));
}
