import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, it } from 'vitest';
import { labelsOfColors, readDeepMask, readRgbMask, vocColors } from './convert-masks.js';
import { readLabelPng } from './read-label-png.js';
import { encodePalettePng } from './write-palette-png.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-convert-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
const rgb = (...data: number[]) => sharp(Uint8Array.from(data), { raw: { width: 2, height: 1, channels: 3 } });
const gray16 = (...data: number[]) =>
  sharp(Uint16Array.from(data), { raw: { width: 2, height: 1, channels: 1 } })
    .toColorspace('grey16')
    .png();

it('turns colors into labels', async () => {
  const colors = [
    [0, 0, 0, 0],
    [10, 20, 30, 7],
  ] as const;
  expect(labelsOfColors({ width: 2, height: 1, data: Uint8Array.of(10, 20, 30, 0, 0, 0) }, colors)).toEqual({
    width: 2,
    height: 1,
    data: Uint8Array.of(7, 0),
  });
  expect(() => labelsOfColors({ width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 1, 2, 3) }, colors)).toThrow(
    'color 1, 2, 3 at row 0, column 1 stands for no label (1 of 2 pixels have such colors)',
  );
});

it('reads back masks that were saved in the colors of VOC', async () => {
  const map = { width: 22, height: 1, data: Uint8Array.from({ length: 22 }, (_, i) => (i === 21 ? 255 : i)) };
  await sharp(encodePalettePng(map)).toColorspace('srgb').png({ palette: false }).toFile(file('rgb.png'));
  await expect(readLabelPng(file('rgb.png'))).rejects.toThrow(/rgb\.png: it is RGB.*mcc data masks --from-rgb DIR --out NEW_DIR/);
  expect(await readRgbMask(file('rgb.png'))).toEqual(map);
  await expect(readRgbMask(file('rgb.png'), vocColors(5))).rejects.toThrow(
    /rgb\.png: color 0, 128, 128 at row 0, column 6 stands for no label \(15 of 22/,
  );
});

it('refuses JPEG, whose colors are not exact', async () => {
  await rgb(128, 0, 0, 128, 0, 0).jpeg().toFile(file('mask.jpg'));
  await expect(readRgbMask(file('mask.jpg'))).rejects.toThrow(/mask\.jpg: it is a JPEG/);
});

it('reads 16-bit gray masks', async () => {
  await gray16(3, 255).toFile(file('deep.png'));
  await expect(readLabelPng(file('deep.png'))).rejects.toThrow(/deep\.png: it has 16 bits.*mcc data masks --from-16-bit DIR/);
  expect(await readDeepMask(file('deep.png'))).toEqual({ width: 2, height: 1, data: Uint8Array.of(3, 255) });
  await gray16(3, 256).toFile(file('high.png'));
  await expect(readDeepMask(file('high.png'))).rejects.toThrow(/high\.png: value 256 at row 0, column 1 is no label/);
  writeFileSync(file('empty.png'), '');
  await expect(readDeepMask(file('empty.png'))).rejects.toThrow('the file is empty');
  await expect(readRgbMask(file('empty.png'))).rejects.toThrow('the file is empty');
});
