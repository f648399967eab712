import { writeFile } from 'node:fs/promises';
import { deflateSync } from 'node:zlib';
import type { LabelMap } from '../dataset.js';
import { writeWhole } from '../write-file.js';
import { palettePng, paletteRows } from './palette-png.js';

/**
 * A label map (0..255) as an 8-bit PNG with the palette of VOC: the labels are its indices, so that {@link decodeLabelPng}, PIL and the
 * VOC evaluation server read back exactly the labels, and viewers show the familiar colors.
 *
 * @throws RangeError if the sizes do not fit
 */
export function encodePalettePng(map: LabelMap): Uint8Array {
  return palettePng(map, deflateSync(paletteRows('encodePalettePng', map)));
}

/** {@link encodePalettePng} into a file, which appears only when it is complete. */
export async function writePalettePng(path: string, map: LabelMap): Promise<void> {
  const png = encodePalettePng(map);
  await writeWhole('label PNG', path, unfinished => writeFile(unfinished, png));
}
