import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { encodePalettePng } from '../images/write-palette-png.js';
import { realVoc, realVocNeeded } from '../test/real-data.js';
import { openVoc } from './voc.js';

const parent = mkdtempSync(join(tmpdir(), 'wsss-voc-'));
afterAll(() => rmSync(parent, { recursive: true }));
const root = join(parent, 'VOCdevkit', 'VOC2012');

const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const image = (width = 4, height = 3) =>
  sharp({ create: { width, height, channels: 3, background: '#406080' } })
    .jpeg()
    .toBuffer();
const mask = (labels: number[], width = 4, height = 3) =>
  encodePalettePng({ width, height, data: Uint8Array.from({ length: width * height }, (_, i) => labels[i] ?? 0) });

beforeEach(async () => {
  rmSync(root, { recursive: true, force: true });
  for (const id of ['2007_01', '2007_02', '2008_03', '2009_04']) put(`JPEGImages/${id}.jpg`, await image());
  put('SegmentationClassAug/2009_04.png', mask([12, 255]));
  put('SegmentationClassAug/2007_01.png', mask([1, 1, 20, 255]));
  put('SegmentationClassAug/2007_02.png', mask([15]));
  put('SegmentationClassAug/2008_03.png', mask([]));
  put('ImageSets/Segmentation/train.txt', '2007_02\r\n2007_01\r\n\r\n');
  put('ImageSets/Segmentation/val.txt', '2008_03\n\n\n');
  put('ImageSets/Segmentation/test.txt', '2009_04');
});

const ids = (set: Awaited<ReturnType<typeof openVoc>>) => Array.from({ length: set.length }, (_, i) => set.id(i));

describe('openVoc', () => {
  it('reads lists, labels, images and masks', async () => {
    const train = await openVoc({ root, split: 'train' });
    expect([train.name, train.split, train.classes.length, train.classes[14]]).toEqual(['VOC', 'train', 20, 'person']);
    expect(ids(train)).toEqual(['2007_02', '2007_01']);
    const labels = await train.labels(1);
    expect(labels.length).toBe(20);
    expect([...labels].flatMap((present, k) => (present ? [train.classes[k]] : []))).toEqual(['aeroplane', 'tvmonitor']);
    labels.fill(9);
    expect((await train.labels(1))[0]).toBe(1); // the remembered labels are not handed out for writing
    expect((await train.image(1)).data.length).toBe(4 * 3 * 3);
    expect([...(await train.mask!(1)).data.subarray(0, 5)]).toEqual([1, 1, 20, 255, 0]);
  });

  it('takes train_aug to be every mask that is not in val, sorted', async () => {
    expect(ids(await openVoc({ root, split: 'train_aug' }))).toEqual(['2007_01', '2007_02', '2009_04']);
  });

  it('has no masks and no labels for test', async () => {
    const test = await openVoc({ root, split: 'test' });
    expect(ids(test)).toEqual(['2009_04']);
    expect(test.mask).toBeUndefined();
    await expect(test.labels(0)).rejects.toThrow('VOC test has no labels');
  });

  it('finds VOC2012 below VOCdevkit, and masks in SegmentationClass', async () => {
    expect((await openVoc({ root: join(parent, 'VOCdevkit'), split: 'val' })).length).toBe(1);
    renameSync(join(root, 'SegmentationClassAug'), join(root, 'SegmentationClass'));
    const val = await openVoc({ root, split: 'val' });
    expect((await val.mask!(0)).width).toBe(4);
    expect([...(await val.labels(0))].every(label => label === 0)).toBe(true);
    await expect(openVoc({ root, split: 'train_aug' })).rejects.toThrow('VOC train_aug needs the masks of SBD in');
  });

  it('takes labels from annotations when asked to, with or without difficult objects', async () => {
    const object = (name: string, difficult = 0) => `<object><name>${name}</name><difficult>${difficult}</difficult></object>`;
    await expect(openVoc({ root, split: 'val', labels: 'annotations' })).rejects.toThrow(
      /Annotations does not exist; the annotations belong there/,
    );
    put('Annotations/2008_03.xml', `<annotation>${object('cat')}${object('dog', 1)}</annotation>`);
    put('Annotations/2009_04.xml', `<annotation>${object('cow')}</annotation>`);
    const names = async (set: Awaited<ReturnType<typeof openVoc>>) => {
      const labels = await set.labels(0);
      return set.classes.filter((_, k) => labels[k]);
    };
    expect(await names(await openVoc({ root, split: 'val', labels: 'annotations' }))).toEqual(['cat', 'dog']);
    expect(await names(await openVoc({ root, split: 'val', labels: 'annotations', difficult: false }))).toEqual(['cat']);
    expect(await names(await openVoc({ root, split: 'test', labels: 'annotations' }))).toEqual(['cow']);
    await expect(openVoc({ root, split: 'train', labels: 'annotations' })).rejects.toThrow(
      /VOC list train\.txt line 1: annotation 2007_02\.xml not found in .*Annotations/,
    );
  });

  it('takes labels from a published file when asked to', async () => {
    const labels = { file: join(import.meta.dirname, 'examples/one-hot.npy') };
    const val = await openVoc({ root, split: 'val', labels });
    expect((await val.labels(0)).indexOf(1)).toBe(0);
    expect([...(await val.mask!(0)).data].every(label => label === 0)).toBe(true); // masks stay what they are
    expect((await val.labels(0)).indexOf(1)).toBe(0);
    await expect(openVoc({ root, split: 'train', labels })).rejects.toThrow(
      /VOC list train\.txt line 1: .*one-hot\.npy has no labels of 2007_02/,
    );
    const train = await openVoc({ root, split: 'train', labels, checkFiles: false });
    expect((await train.labels(1)).indexOf(1)).toBe(6);
    await expect(train.labels(0)).rejects.toThrow('has no labels of 2007_02');
  });

  it('keeps records without files when asked to, and names their files', async () => {
    rmSync(join(root, 'JPEGImages/2007_02.jpg'));
    const train = await openVoc({ root, split: 'train', checkFiles: false });
    expect(train.files!(0)).toEqual({
      image: join(root, 'JPEGImages/2007_02.jpg'),
      mask: join(root, 'SegmentationClassAug/2007_02.png'),
    });
    await expect(train.image(0)).rejects.toThrow('2007_02.jpg: the file does not exist');
    expect((await openVoc({ root, split: 'test' })).files!(0).mask).toBeUndefined();
  });

  it('says what a VOC folder looks like', async () => {
    await expect(openVoc({ root: join(parent, 'nowhere'), split: 'val' })).rejects.toThrow(
      /nowhere does not exist; expected VOCdevkit\/VOC2012 with the sub-folders JPEGImages, ImageSets\/Segmentation, and/,
    );
    await expect(openVoc({ root: tmpdir(), split: 'val' })).rejects.toThrow('has no JPEGImages');
    await expect(openVoc({ root, split: 'trainval' })).rejects.toThrow(
      /VOC list trainval\.txt not found in .*, which has test\.txt, train\.txt, val\.txt/,
    );
    rmSync(join(root, 'SegmentationClassAug'), { recursive: true });
    await expect(openVoc({ root, split: 'val' })).rejects.toThrow(/SegmentationClass does not exist; the masks belong there/);
  });

  it('names list, line and file of what is missing', async () => {
    put('ImageSets/Segmentation/train.txt', '2007_01\n\n2007_000999\n2007_000998\n');
    await expect(openVoc({ root, split: 'train' })).rejects.toThrow(
      `VOC list train.txt line 3: image 2007_000999.jpg not found in ${join(root, 'JPEGImages')} (and 1 more)`,
    );
    rmSync(join(root, 'SegmentationClassAug', '2008_03.png'));
    await expect(openVoc({ root, split: 'val' })).rejects.toThrow(
      /VOC list val\.txt line 1: mask 2008_03\.png not found in .*SegmentationClassAug$/,
    );
    put('SegmentationClassAug/2010_05.png', mask([1]));
    await expect(openVoc({ root, split: 'train_aug' })).rejects.toThrow(
      'VOC mask SegmentationClassAug/2010_05.png: image 2010_05.jpg not found',
    );
    put('ImageSets/Segmentation/test.txt', '\n \r\n');
    await expect(openVoc({ root, split: 'test' })).rejects.toThrow(/test\.txt names no image/);
  });

  it('names the file of a damaged record', async () => {
    put('SegmentationClassAug/2007_01.png', mask([21]));
    put('SegmentationClassAug/2007_02.png', mask([1], 3, 4));
    put('JPEGImages/2007_02.jpg', (await image()).subarray(0, 200));
    const train = await openVoc({ root, split: 'train' });
    await expect(train.image(0)).rejects.toThrow(/cannot read image .*2007_02\.jpg/);
    put('JPEGImages/2007_02.jpg', await image());
    await expect(train.mask!(0)).rejects.toThrow(/VOC mask .*2007_02\.png is 3×4, its image .*2007_02\.jpg 4×3; they must be equal/);
    await expect(train.labels(1)).rejects.toThrow(/2007_01\.png: label 21 is out of range: expected 0 to 20, or 255/);
    put(
      'SegmentationClassAug/2007_01.png',
      await sharp(Buffer.alloc(36), { raw: { width: 4, height: 3, channels: 3 } })
        .png()
        .toBuffer(),
    );
    await expect(train.labels(1)).rejects.toThrow(/cannot read label PNG .*2007_01\.png: it is RGB/);
    await expect(train.image(2)).rejects.toThrow('VOC train: record 2 does not exist, expected an integer from 0 to 1');
  });
});

describe.skipIf(realVoc === undefined)(realVocNeeded, () => {
  it('opens and agrees with its own lists', async () => {
    const [train, val, aug] = await Promise.all((['train', 'val', 'train_aug'] as const).map(split => openVoc({ root: realVoc!, split })));
    const inTrain = new Set(ids(train!));
    const inVal = new Set(ids(val!));
    const inAug = new Set(ids(aug!));
    expect([...inVal].some(id => inAug.has(id))).toBe(false);
    expect([...inTrain].every(id => inAug.has(id))).toBe(true);
    for (let i = 0; i < val!.length; i += 60) {
      const [picture, labels, truth] = await Promise.all([val!.image(i), val!.labels(i), val!.mask!(i)]);
      expect([truth.width, truth.height, picture.data.length]).toEqual([picture.width, picture.height, truth.data.length * 3]);
      expect([...labels].map((present, k) => truth.data.includes(k + 1) === (present === 1)).every(Boolean)).toBe(true);
      expect(labels.includes(1)).toBe(true);
    }
  });
});
