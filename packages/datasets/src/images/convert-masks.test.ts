import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { labelsOfColors, readDeepMask, readGrayMask, readRgbMask, vocColors } from './convert-masks.js';
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

describe('readGrayMask', () => {
  const picture = (channels: 1 | 2 | 3 | 4, ...data: number[]) => sharp(Uint8Array.from(data), { raw: { width: 2, height: 1, channels } });
  const labels = { width: 2, height: 1, data: Uint8Array.of(3, 200) };

  it.each([
    ['gray.png', picture(1, 3, 200).toColorspace('b-w').png()],
    ['gray.tif', picture(1, 3, 200).toColorspace('b-w').tiff({ compression: 'lzw' })],
    ['with-alpha.png', picture(2, 3, 255, 200, 255).png()],
    ['three.png', picture(3, 3, 3, 3, 200, 200, 200).png()],
    ['three.webp', picture(3, 3, 3, 3, 200, 200, 200).webp({ lossless: true })],
    ['four.png', picture(4, 3, 3, 3, 255, 200, 200, 200, 255).png()],
    ['deep.png', gray16(3, 200)],
  ])('reads gray values: %s', async (name, made) => {
    await made.toFile(file(name));
    expect(await readGrayMask(file(name))).toEqual(labels);
  });

  it('reads values of 1, 2 and 4 bits as they are stored', async () => {
    for (const [bits, row] of [
      [1, 0b01000000],
      [2, 0b00010000],
      [4, 0b00000001],
    ] as const) {
      writeFileSync(file('few.png'), grayPng(bits, row));
      expect([bits, ...(await readGrayMask(file('few.png'))).data]).toEqual([bits, 0, 1]);
    }
  });

  it('refuses what is not gray, not exact, too large or hidden, and names the place', async () => {
    const refused = async (name: string, made: Sharp, message: RegExp) => {
      await made.toFile(file(name));
      await expect(readGrayMask(file(name))).rejects.toThrow(message);
    };
    await refused(
      'color.png',
      picture(3, 3, 3, 3, 1, 2, 3).png(),
      /color\.png: color 1, 2, 3 at row 0, column 1 is not gray; .*--from-rgb/,
    );
    await refused('a.png', picture(4, 3, 3, 3, 255, 0, 0, 0, 0).png(), /a\.png: its transparency differs at row 0, column 1/);
    await refused('g.jpg', picture(1, 3, 200).toColorspace('b-w').jpeg(), /g\.jpg: it is a JPEG, whose values are no longer exact/);
    await refused('high.png', gray16(3, 256), /high\.png: value 256 at row 0, column 1 is no label/);
    await expect(readGrayMask(file('absent.png'))).rejects.toThrow('absent.png: the file does not exist');
  });
});

/** A gray PNG of 2×1 pixels, its row in one byte. */
function grayPng(bits: number, row: number): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(data.length);
    numbers.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([numbers.subarray(0, 4), named, numbers.subarray(4)]);
  };
  const header = Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 1, bits, 0, 0, 0, 0);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(Uint8Array.of(0, row))), chunk('IEND', new Uint8Array())];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}
