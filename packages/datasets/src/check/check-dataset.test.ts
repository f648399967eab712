import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolder } from '../folder/folder.js';
import { encodePalettePng } from '../images/write-palette-png.js';
import { realVoc, realVocNeeded } from '../test/real-data.js';
import { openVoc } from '../voc/voc.js';
import { checkDataset, findDuplicates } from './check-dataset.js';
import { publishedCount } from './published-counts.js';

const root = join(mkdtempSync(join(tmpdir(), 'wsss-check-')), 'VOC2012');
afterAll(() => rmSync(dirname(root), { recursive: true }));
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const jpeg = (gray: number, width = 20, height = 10) =>
  sharp({
    create: { width, height, channels: 3, background: { r: gray, g: gray, b: gray }, noise: { type: 'gaussian', mean: 128, sigma: gray } },
  })
    .jpeg()
    .toBuffer();
const mask = (labels: number[], width = 20, height = 10) =>
  encodePalettePng({ width, height, data: Uint8Array.from({ length: width * height }, (_, i) => labels[i] ?? 0) });
const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n';

/** The JPEG with another size in its header, as if it were that large. */
function claiming(bytes: Buffer, width: number, height: number): Buffer {
  const copy = Buffer.from(bytes);
  const header = copy.indexOf(Buffer.of(0xff, 0xc0));
  copy.writeUInt16BE(height, header + 5);
  copy.writeUInt16BE(width, header + 7);
  return copy;
}

/** Name, image, mask, and what is to be said about it. */
const damaged: [string, Uint8Array | string | undefined, Uint8Array | string | undefined, RegExp][] = [
  [
    '2007_truncated',
    (await jpeg(40, 200, 150)).subarray(0, 2000),
    mask([1], 200, 150),
    /cannot read image .*2007_truncated\.jpg: .*\(corrupt or truncated\?/,
  ],
  ['2007_zero_png', await jpeg(41), '', /cannot read label PNG .*2007_zero_png\.png: the file is empty/],
  ['2007_zero_jpeg', '', mask([1]), /2007_zero_jpeg\.jpg: the file is empty/],
  ['2007_pointer', pointer, mask([1]), /2007_pointer\.jpg: it is a Git LFS pointer, not the file itself; run "git lfs pull"/],
  ['2007_pointer_png', await jpeg(42), pointer, /2007_pointer_png\.png: it is a Git LFS pointer/],
  ['2007_missing', undefined, mask([1]), /2007_missing\.jpg: the file does not exist/],
  ['2007_tiny', await jpeg(43, 1, 1), mask([1], 1, 1), /2007_tiny\.jpg: it is 1×1; pictures need at least 8 pixels on each side/],
  [
    '2007_huge',
    claiming(await jpeg(44), 12_000, 9_000),
    mask([1]),
    /2007_huge\.jpg: it is 12000×9000, 108 million pixels, of which at most 67 million are read/,
  ],
  ['2007_size', await jpeg(45), mask([1], 10, 20), /2007_size\.png is 10×20, its image .*2007_size\.jpg 20×10; they must be equal/],
  ['2007_label', await jpeg(46), mask([21]), /2007_label\.png: label 21 is out of range: expected 0 to 20, or 255/],
];

beforeAll(async () => {
  put('JPEGImages/2008_good.jpg', await jpeg(1));
  put('SegmentationClass/2008_good.png', mask([1, 1, 20, 255]));
  const plain = await jpeg(2);
  put('JPEGImages/2008_plain.jpg', plain);
  put('SegmentationClass/2008_plain.png', mask([]));
  for (const [id, image, labels] of damaged) {
    if (image !== undefined) put(`JPEGImages/${id}.jpg`, image);
    if (labels !== undefined) put(`SegmentationClass/${id}.png`, labels);
  }
  const ids = ['2008_good', ...damaged.map(([id]) => id), '2008_plain'];
  put('ImageSets/Segmentation/train.txt', `${ids.join('\r\n')}\r\n\r\n`);
  put('ImageSets/Segmentation/val.txt', '2008_good\n2009_copy\n');
  put('JPEGImages/2009_copy.jpg', plain);
  put('SegmentationClass/2009_copy.png', mask([3]));
});

describe('checkDataset', () => {
  it.each([true, false])('names every bad record and counts what is in the good ones (thorough: %s)', async thorough => {
    const calls: number[] = [];
    const dataset = await openVoc({ root, split: 'train', checkFiles: false });
    const found = await checkDataset(dataset, { thorough, onProgress: done => calls.push(done) });
    expect(found.records).toBe(damaged.length + 2);
    expect(calls.at(-1)).toBe(found.records);
    expect(found.bad.map(({ id }) => id)).toEqual(damaged.map(([id]) => id));
    found.bad.forEach(({ problems }, i) => {
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(damaged[i]![3]);
    });
    expect(found.unlabeled).toEqual(['2008_plain']);
    const row = (name: string) => found.classes.find(entry => entry.name === name);
    expect(row('aeroplane')).toMatchObject({ label: 1, images: 1 });
    expect(row('dog')).toMatchObject({ images: 0 });
    if (!thorough) return;
    expect(row('tvmonitor')).toEqual({ name: 'tvmonitor', label: 20, images: 1, pixelShare: 1 / 400 });
    expect(row('background')).toEqual({ name: 'background', label: 0, images: 2, pixelShare: 396 / 400 });
    expect(row('ignore')).toMatchObject({ label: 255, images: 1 });
  });

  it('names unknown classes in annotations', async () => {
    put('Annotations/2008_good.xml', '<annotation>\n<object><name>unicorn</name></object></annotation>');
    const dataset = await openVoc({ root, split: 'val', labels: 'annotations', checkFiles: false });
    const { bad } = await checkDataset(dataset);
    expect(bad[0]!.problems[0]).toMatch(/2008_good\.xml: line 2: unknown class "unicorn"/);
    expect(bad[1]!.problems[0]).toMatch(/2009_copy\.xml: the file does not exist/);
  });

  it('finds pictures that are in two splits', async () => {
    const checks = await Promise.all(
      (['train', 'val'] as const).map(async split => checkDataset(await openVoc({ root, split, checkFiles: false }))),
    );
    expect(findDuplicates(checks)).toEqual([
      { first: { split: 'train', id: '2008_good' }, second: { split: 'val', id: '2008_good' }, same: 'name' },
      { first: { split: 'train', id: '2008_plain' }, second: { split: 'val', id: '2009_copy' }, same: 'content' },
    ]);
  });

  it('can be stopped', async () => {
    const dataset = await openVoc({ root, split: 'train', checkFiles: false });
    await expect(checkDataset(dataset, { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
  });
});

it('says when masks are black and white, so that every pixel of a class is ignored', async () => {
  const folder = join(dirname(root), 'black-and-white');
  const open = async (label: number) => {
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, 'train/cat'), { recursive: true });
      mkdirSync(join(folder, 'train/masks/cat'), { recursive: true });
      writeFileSync(join(folder, `train/cat/${name}.jpg`), await jpeg(name === 'a' ? 40 : 50));
      writeFileSync(join(folder, `train/masks/cat/${name}.png`), mask([0, 0, label]));
    }
    return checkDataset(await openFolder({ root: folder, split: 'train' }));
  };
  expect((await open(255)).problems).toEqual([
    expect.stringMatching(/^no mask has a label but 0 and 255, .* 2 of these pictures have a class/),
  ]);
  expect((await open(1)).problems).toEqual([]);
});

it('knows the published numbers', () => {
  expect(publishedCount('VOC', 'train_aug')!.count + publishedCount('VOC', 'val')!.count).toBe(12_031);
  expect(publishedCount('COCO', 'train2014')).toEqual({ count: 82_081, note: 'of 82783 images; 702 have no annotation and are left out' });
  expect(publishedCount('folder', 'train')).toBeUndefined();
});

describe.skipIf(realVoc === undefined)(realVocNeeded, () => {
  it('has nothing wrong', async () => {
    const dataset = await openVoc({ root: realVoc!, split: 'val' });
    const { bad, classes, records } = await checkDataset(dataset, { indices: Array.from({ length: 20 }, (_, i) => i * 12) });
    expect([bad, records]).toEqual([[], 20]);
    expect(classes.reduce((sum, { pixelShare }) => sum + pixelShare!, 0)).toBeCloseTo(1);
  });
});
