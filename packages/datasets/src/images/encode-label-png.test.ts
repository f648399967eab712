import { expect, it } from 'vitest';
import { encodeLabelPng } from './encode-label-png.js';
import { decodeLabelPng } from './read-label-png.js';
import { encodePalettePng } from './write-palette-png.js';

const map = { width: 7, height: 5, data: Uint8Array.from({ length: 35 }, (_, i) => (i % 4 ? i % 21 : 255)) };

it('is read back as it was, and has the colors of the PNGs that Node writes', async () => {
  const png = await encodeLabelPng(map);
  expect(decodeLabelPng(png)).toEqual(map);
  const beginning = 8 + 25 + 12 + 768; // up to the compressed rows
  expect(png.subarray(0, beginning)).toEqual(Uint8Array.from(encodePalettePng(map).subarray(0, beginning)));
});

it('refuses labels that do not fill the map', async () => {
  await expect(encodeLabelPng({ ...map, width: 8 })).rejects.toThrow('encodeLabelPng: a label map of 8×5 needs 40 labels, found 35');
});
