import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { readPicture, readPictureSize } from './read-picture.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-picture-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rgb = Uint8Array.from({ length: 6 * 4 * 3 }, (_, i) => (i * 37) % 256);
const source = () => sharp(rgb, { raw: { width: 6, height: 4, channels: 3 } });
const file = (name: string) => join(folder, name);
/** A JPEG with enough in it to be cut in the middle. */
const photo = () =>
  sharp({ create: { width: 200, height: 150, channels: 3, background: '#777', noise: { type: 'gaussian', mean: 128, sigma: 40 } } })
    .jpeg()
    .toBuffer();

describe('readPicture', () => {
  it('gives the stored bytes of a PNG', async () => {
    await source().png().toFile(file('rgb.png'));
    expect(await readPicture(file('rgb.png'))).toEqual({ width: 6, height: 4, data: rgb });
    expect(await readPictureSize(file('rgb.png'))).toEqual({ width: 6, height: 4, stored: { width: 6, height: 4 }, orientation: 1 });
  });

  it('makes gray and CMYK JPEGs RGB', async () => {
    const flat = (background: string) => sharp({ create: { width: 16, height: 16, channels: 3, background } });
    await flat('#505050').toColorspace('b-w').jpeg().toFile(file('gray.jpg'));
    const gray = await readPicture(file('gray.jpg'));
    expect(gray.data.length).toBe(16 * 16 * 3);
    for (const byte of gray.data) expect(Math.abs(byte - 0x50)).toBeLessThanOrEqual(1);
    await flat('#c01020').toColorspace('cmyk').jpeg({ quality: 100 }).toFile(file('cmyk.jpg'));
    const cmyk = await readPicture(file('cmyk.jpg'));
    expect(cmyk.data.length).toBe(16 * 16 * 3);
    const [red, green, blue] = cmyk.data;
    expect(red).toBeGreaterThan(120);
    expect(green).toBeLessThan(90);
    expect(blue).toBeLessThan(90);
  });

  it('brings 16 bits down to 8 and lays transparency over black', async () => {
    const deep = Uint16Array.of(0, 0x8080, 0xffff);
    await sharp(deep, { raw: { width: 1, height: 1, channels: 3 } })
      .toColorspace('rgb16')
      .png()
      .toFile(file('deep.png'));
    const { data } = await readPicture(file('deep.png'));
    expect([...data]).toEqual([0, 128, 255]);
    await sharp(Uint8Array.of(200, 100, 50, 0, 200, 100, 50, 255), { raw: { width: 2, height: 1, channels: 4 } })
      .png()
      .toFile(file('alpha.png'));
    expect([...(await readPicture(file('alpha.png'))).data]).toEqual([0, 0, 0, 200, 100, 50]);
  });

  it('turns pictures upright, and reduces large ones where that is asked for', async () => {
    await source().withMetadata({ orientation: 6 }).jpeg().toFile(file('turned.jpg'));
    await source().withMetadata({ orientation: 6 }).png().toFile(file('turned.png'));
    const upright = await readPicture(file('turned.png'));
    expect([upright.width, upright.height]).toEqual([4, 6]);
    expect([...upright.data.subarray(0, 3)]).toEqual([...rgb.subarray(3 * 6 * 3, 3 * 6 * 3 + 3)]); // the lower left corner comes up
    for (const name of ['turned.jpg', 'turned.png'])
      expect(await readPictureSize(file(name))).toEqual({ width: 4, height: 6, stored: { width: 6, height: 4 }, orientation: 6 });
    const small = await readPicture(file('turned.png'), { within: 3 });
    expect([small.width, small.height]).toEqual([2, 3]);
    expect(await readPicture(file('turned.png'), { within: 100 })).toEqual(await readPicture(file('turned.png')));
  });

  it('names the file and the reason', async () => {
    const jpeg = await photo();
    const cases: [string, Uint8Array | undefined, RegExp][] = [
      ['absent.jpg', undefined, /cannot read image .*absent\.jpg: the file does not exist/],
      ['empty.jpg', new Uint8Array(0), /empty\.jpg: the file is empty/],
      [
        'pointer.jpg',
        Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n'),
        /pointer\.jpg: it is a Git LFS pointer.*git lfs pull/,
      ],
      ['text.jpg', Buffer.from('<html>404 not found</html>'), /text\.jpg: it is a page \(HTML\), not a picture/],
      ['note.jpg', Buffer.from('not a picture, but some text'), /note\.jpg: it contains unsupported image format \(corrupt or truncated\?/],
      [
        'photo.heic',
        Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic'),
        /photo\.heic: it is HEIC, which is not read; convert it to one of JPEG/,
      ],
      ['cut.jpg', jpeg.subarray(0, jpeg.length >> 1), /cut\.jpg: .*\(corrupt or truncated\?/],
      ['header.jpg', jpeg.subarray(0, 40), /header\.jpg: .*\(corrupt or truncated\?/],
    ];
    for (const [name, bytes, message] of cases) {
      if (bytes) writeFileSync(file(name), bytes);
      await expect(readPicture(file(name))).rejects.toThrow(message);
    }
    await expect(readPictureSize(file('empty.jpg'))).rejects.toThrow('the file is empty');
    await expect(readPicture(folder)).rejects.toThrow(`cannot read image ${folder}`);
  });

  it('says which BMP files are not read', async () => {
    const bmp = (bits: number, compression: number, masks: number[] = [], width = 1, height = 1) =>
      Buffer.concat([
        Buffer.from('BM'),
        Buffer.from(Int32Array.of(0, 0, 70, 40, width, height).buffer),
        Buffer.from(Int16Array.of(1, bits).buffer),
        Buffer.from(Int32Array.of(compression, 4, 0, 0, 0, 0).buffer),
        Buffer.from(Uint32Array.of(...masks).buffer),
        Buffer.alloc(30),
      ]);
    for (const [bytes, message] of [
      [bmp(2, 0), 'it is a BMP of 2 bits a pixel, which is not read; save it as PNG'],
      [bmp(24, 4), 'it is a BMP of 24 bits compressed in way 4, which is not read; save it as PNG'],
      [bmp(32, 3, [0xff, 0xff00, 0x50000]), 'its masks of colors 0xff, 0xff00, 0x50000 are not read; save it as PNG'],
      [bmp(32, 3).subarray(0, 60), 'it is truncated: its masks of colors are not there'],
      [bmp(8, 1, [], 8000, 8000), 'it is truncated: runs of 8000×8000 pixels need more than '],
    ] as const) {
      writeFileSync(file('odd.bmp'), bytes);
      await expect(readPicture(file('odd.bmp'))).rejects.toThrow(`odd.bmp: ${message}`);
      await expect(readPictureSize(file('odd.bmp'))).rejects.toThrow(`odd.bmp: ${message}`);
    }
  });

  it('reads files with harmless oddities', async () => {
    writeFileSync(file('tail.jpg'), Buffer.concat([await photo(), Buffer.from('appended by some camera')]));
    expect((await readPicture(file('tail.jpg'))).width).toBe(200);
    expect(readFileSync(file('tail.jpg')).length).toBeGreaterThan(100);
  });
});
