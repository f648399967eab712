import type { LabelMap } from '../dataset.js';
import { palettePng, paletteRows } from './palette-png.js';

/**
 * A label map as the PNG that `encodePalettePng` of `@wsss/datasets` makes, compressed by the browser or by Node.
 *
 * @throws RangeError if the sizes do not fit
 */
export async function encodeLabelPng(map: LabelMap): Promise<Uint8Array> {
  const rows = new Blob([paletteRows('encodeLabelPng', map)]).stream();
  const compressed = await new Response(rows.pipeThrough(new CompressionStream('deflate'))).arrayBuffer();
  return palettePng(map, new Uint8Array(compressed));
}
