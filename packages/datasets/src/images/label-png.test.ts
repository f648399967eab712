import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { realVoc, realVocNeeded } from '../test/real-data.js';
import { vocPalette } from '../voc/palette.js';
import { readPngChunks, writePngChunks } from './png-chunks.js';
import { decodeLabelPng, readLabelPng } from './read-label-png.js';
import { encodePalettePng, writePalettePng } from './write-palette-png.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-png-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A PNG with the given header fields and already filtered rows. */
function png(
  header: { width: number; height: number; bits?: number; color?: number; interlace?: number },
  rows: number[] | Uint8Array,
): Uint8Array {
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(header.width, 0);
  ihdr.writeUInt32BE(header.height, 4);
  ihdr.set([header.bits ?? 8, header.color ?? 3, 0, 0, header.interlace ?? 0], 8);
  const compressed = deflateSync(Uint8Array.from(rows));
  const half = compressed.length >> 1; // the data may be cut into any number of chunks
  return writePngChunks([
    { type: 'IHDR', data: ihdr },
    { type: 'PLTE', data: vocPalette },
    { type: 'tEXt', data: Buffer.from('Comment\0made by hand') },
    { type: 'IDAT', data: compressed.subarray(0, half) },
    { type: 'IDAT', data: compressed.subarray(half) },
  ]);
}

describe('decodeLabelPng', () => {
  it('reads palette indices as they are stored', () => {
    expect(decodeLabelPng(png({ width: 3, height: 2 }, [0, 0, 15, 255, 0, 7, 8, 9]))).toEqual({
      width: 3,
      height: 2,
      data: Uint8Array.of(0, 15, 255, 7, 8, 9),
    });
  });

  it('unpacks 1, 2 and 4 bits, leftmost pixel highest, padding bits dropped', () => {
    expect([...decodeLabelPng(png({ width: 10, height: 1, bits: 1 }, [0, 0b10110001, 0b01111111])).data]).toEqual([
      1, 0, 1, 1, 0, 0, 0, 1, 0, 1,
    ]);
    expect([...decodeLabelPng(png({ width: 5, height: 2, bits: 2 }, [0, 0b00011011, 0b10000000, 0, 0xff, 0x40])).data]).toEqual([
      0, 1, 2, 3, 2, 3, 3, 3, 3, 1,
    ]);
    expect([...decodeLabelPng(png({ width: 3, height: 1, bits: 4 }, [0, 0x1f, 0x20])).data]).toEqual([1, 15, 2]);
  });

  it('takes gray values as labels', () => {
    expect([...decodeLabelPng(png({ width: 2, height: 1, color: 0 }, [0, 3, 255])).data]).toEqual([3, 255]);
    expect([...decodeLabelPng(png({ width: 2, height: 1, color: 0, bits: 4 }, [0, 0x3f])).data]).toEqual([3, 15]);
  });

  it('undoes every filter (worked out by hand)', () => {
    const rows = [
      ...[0, 10, 20, 30], // as it is
      ...[1, 5, 250, 1], // left: 5, 5 + 250 = 255, 255 + 1 = 0 (mod 256)
      ...[2, 1, 1, 1], // up: 6, 0, 1
      ...[3, 4, 10, 0], // mean of left and up, rounded down: 4 + 3 = 7, 10 + (7 + 0 >> 1) = 13, 0 + (13 + 1 >> 1) = 7
      ...[4, 1, 2, 3], // Paeth: 7 + 1 = 8; left 8, up 13, upLeft 7: 14 is nearest 13 → 15; left 15, up 7, upLeft 13: 9 is nearest 7 → 10
    ];
    expect([...decodeLabelPng(png({ width: 3, height: 5 }, rows)).data]).toEqual([10, 20, 30, 5, 255, 0, 6, 0, 1, 7, 13, 7, 8, 15, 10]);
  });

  it('agrees with libpng for files it filtered', async () => {
    const random = createRandom(1);
    const gray = Uint8Array.from({ length: 61 * 47 }, (_, i) => (i % 61) + random.integer(0, 9) * Math.floor(i / 600));
    const file = await sharp(gray, { raw: { width: 61, height: 47, channels: 1 } })
      .toColorspace('b-w')
      .png({ adaptiveFiltering: true })
      .toBuffer();
    expect(file[25]).toBe(0); // stored as gray
    expect(decodeLabelPng(file).data).toEqual(gray);
  });

  it('reads interlaced files as libpng writes them', async () => {
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [5, 9],
      [61, 47],
    ] as const) {
      const gray = Uint8Array.from({ length: width * height }, (_, i) => (i * 7) % 251);
      const file = await sharp(gray, { raw: { width, height, channels: 1 } })
        .toColorspace('b-w')
        .png({ progressive: true })
        .toBuffer();
      expect([file[25], file[28]]).toEqual([0, 1]); // gray, interlaced
      expect(decodeLabelPng(file)).toEqual({ width, height, data: gray });
    }
  });

  const good = png({ width: 2, height: 2 }, [0, 1, 2, 0, 3, 4]);
  const broken: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'the file is empty'],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'), 'git lfs pull'],
    ['another format', Buffer.from('\xff\xd8\xff\xe0 JFIF', 'latin1'), 'not a PNG file'],
    ['a cut file', good.subarray(0, good.length - 20), 'truncated'],
    ['a cut header', good.subarray(0, 12), 'truncated'],
    ['a flipped bit', good.map((byte, i) => (i === 20 ? byte ^ 1 : byte)), 'chunk IHDR is damaged'],
    ['a missing header', writePngChunks([]), 'valid IHDR'],
    ['no pixel data', writePngChunks(readPngChunks(good).slice(0, 1)), 'damaged or truncated'],
    ['too few rows', png({ width: 2, height: 3 }, [0, 1, 2, 0, 3, 4]), '6 bytes instead of 9'],
    ['too many rows', png({ width: 2, height: 1 }, [0, 1, 2, 0, 3, 4]), 'damaged'],
    ['an unknown filter', png({ width: 2, height: 1 }, [5, 1, 2]), 'unknown filter 5'],
    ['RGB', png({ width: 1, height: 1, color: 2 }, [0, 1, 2, 3]), 'it is RGB; labels need a palette'],
    ['RGBA', png({ width: 1, height: 1, color: 6 }, [0, 1, 2, 3, 4]), 'it is RGBA'],
    ['gray with alpha', png({ width: 1, height: 1, color: 4 }, [0, 1, 2]), 'gray with alpha'],
    ['16 bits', png({ width: 1, height: 1, color: 0, bits: 16 }, [0, 1, 2]), 'it has 16 bits'],
    ['interlacing of no kind', png({ width: 1, height: 1, interlace: 2 }, [0, 1]), 'its interlacing 2 is none of PNG'],
    ['interlaced rows that are missing', png({ width: 9, height: 9, interlace: 1 }, [0, 1]), '2 bytes instead of'],
    ['no width', png({ width: 0, height: 1 }, [0]), '0×1 is not possible'],
    ['a bomb of a size', png({ width: 2 ** 31, height: 2 ** 31 }, [0]), 'not possible'],
  ];
  it.each(broken)('refuses %s', (_, bytes, message) => expect(() => decodeLabelPng(bytes)).toThrow(message));

  it('survives any byte being changed', () => {
    const random = createRandom(2);
    for (let i = 0; i < good.length; i++) {
      const bytes = good.map((byte, at) => (at === i ? byte ^ random.integer(1, 256) : byte));
      expect(() => decodeLabelPng(bytes)).toThrow(Error);
    }
  });
});

describe('encodePalettePng', () => {
  const map = { width: 33, height: 17, data: Uint8Array.from({ length: 33 * 17 }, (_, i) => (i * 7) % 256) };

  it('is read back exactly', () => expect(decodeLabelPng(encodePalettePng(map))).toEqual(map));

  it('shows the palette in other programs', async () => {
    const { data, info } = await sharp(encodePalettePng(map)).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([33, 17, 3]);
    expect([...data]).toEqual([...map.data].flatMap(label => [...vocPalette.subarray(label * 3, label * 3 + 3)]));
  });

  it('writes files that appear only when complete', async () => {
    const path = join(folder, 'a.png');
    await writePalettePng(path, map);
    expect(await readLabelPng(path)).toEqual(map);
    expect(readdirSync(folder)).toEqual(['a.png']);
    await expect(writePalettePng(join(folder, 'no', 'a.png'), map)).rejects.toThrow(/cannot write label PNG .*a\.png: ENOENT/);
  });

  it('names the file it cannot read', async () => {
    const path = join(folder, 'b.png');
    await expect(readLabelPng(path)).rejects.toThrow(`cannot read label PNG ${path}: the file does not exist`);
    writeFileSync(path, encodePalettePng(map));
    truncateSync(path, 400);
    await expect(readLabelPng(path)).rejects.toThrow(/b\.png: it is truncated/);
  });

  it('refuses sizes that do not fit', () => {
    expect(() => encodePalettePng({ width: 2, height: 2, data: new Uint8Array(3) })).toThrow('2×2 needs 4 labels, found 3');
  });
});

describe.skipIf(realVoc === undefined)(`masks of ${realVocNeeded}`, () => {
  it('have the colors libpng expands them to', async () => {
    const masks = join(realVoc!, 'SegmentationClassAug');
    for (const name of readdirSync(masks).filter((_, i) => i % 171 === 0)) {
      const { width, height, data } = await readLabelPng(join(masks, name));
      const seen = await sharp(join(masks, name)).raw().toBuffer({ resolveWithObject: true });
      expect([seen.info.width, seen.info.height, seen.info.channels]).toEqual([width, height, 3]);
      const expanded = Uint8Array.from({ length: data.length * 3 }, (_, i) => vocPalette[data[Math.floor(i / 3)]! * 3 + (i % 3)]!);
      expect(Buffer.compare(expanded, seen.data)).toBe(0);
    }
  });
});
