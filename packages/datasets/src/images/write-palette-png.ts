import { writeFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import type { LabelMap } from '../dataset.js';
import { vocPalette } from '../voc/palette.js';
import { writeWhole } from '../write-file.js';
import { writePngChunks } from './png-chunks.js';

/**
 * A label map as an 8-bit palette PNG: the labels are the palette's indices, so that {@link decodeLabelPng}, PIL and the VOC
 * evaluation server read back exactly the labels, and viewers show the familiar colors.
 *
 * @param map labels 0..255
 * @param palette 256 RGB triples, default the VOC palette
 * @throws RangeError if the sizes do not fit
 */
export function encodePalettePng(map: LabelMap, palette: Uint8Array = vocPalette): Uint8Array {
  const { width, height, data } = map;
  if (!(width > 0 && height > 0) || data.length !== width * height)
    throw new RangeError(`encodePalettePng: a label map of ${width}×${height} needs ${width * height} labels, found ${data.length}`);
  if (palette.length !== 768) throw new RangeError(`encodePalettePng: palette needs 256 RGB triples (768 bytes), found ${palette.length}`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // 8 bits, palette
  // Labels compress best unfiltered: differences of class indices mean nothing.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return writePngChunks([
    { type: 'IHDR', data: header },
    { type: 'PLTE', data: palette },
    { type: 'IDAT', data: deflateSync(rows) },
  ]);
}

/** {@link encodePalettePng} into a file, which appears only when it is complete. */
export async function writePalettePng(path: string, map: LabelMap, palette: Uint8Array = vocPalette): Promise<void> {
  const png = encodePalettePng(map, palette);
  await writeWhole('label PNG', path, unfinished => writeFile(unfinished, png));
}
