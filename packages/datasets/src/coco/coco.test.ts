import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { labelsOfMask, type SegmentationDataset } from '../dataset.js';
import { encodePalettePng } from '../images/write-palette-png.js';
import { realCoco, realCocoNeeded } from '../test/real-data.js';
import { type CocoOptions, openCoco } from './coco.js';
import { readInstances } from './instances.js';
import { writeCocoMasks } from './write-masks.js';

const parent = mkdtempSync(join(tmpdir(), 'wsss-coco-'));
afterAll(() => rmSync(parent, { recursive: true }));
const root = join(parent, 'MSCOCO');

const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const flat = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#406080' } });
const categories = [
  { id: 90, name: 'toothbrush' },
  { id: 1, name: 'person' },
  { id: 63, name: 'couch' },
];
const images = [
  { id: 7, file_name: 'c.jpg', width: 1, height: 1 },
  { id: 5, file_name: 'b.jpg', width: 4, height: 3 },
  { id: 3, file_name: 'a.jpg', width: 4, height: 3 },
  { id: 9, file_name: 'd.jpg', width: 4, height: 3 },
];
const box = (id: number, image_id: number, category_id: number, x: number, y: number, width: number, height: number) => ({
  id,
  image_id,
  category_id,
  iscrowd: 0,
  segmentation: [[x, y, width, height]] as unknown,
});
const annotations = [
  box(11, 3, 63, 0, 0, 2, 3),
  box(12, 7, 90, 0, 0, 1, 1),
  box(13, 3, 1, 1, 0, 2, 3),
  { ...box(14, 5, 1, 0, 0, 0, 0), iscrowd: 1, segmentation: { size: [3, 4], counts: [3, 6, 3] } },
  box(15, 5, 90, 1, 1, 1, 1), // covered by the crowd
];
const instances = (change: object = {}) => JSON.stringify({ info: {}, images, annotations, categories, ...change });
const putTrain = (change?: object) => put('annotations/instances_train2014.json', instances(change));
const also = (...more: object[]) => ({ annotations: [...annotations, ...more] });

beforeEach(async () => {
  rmSync(root, { recursive: true, force: true });
  putTrain();
  put('JPEGImages/train2014/a.jpg', await flat(4, 3).toColorspace('b-w').jpeg().toBuffer());
  put('JPEGImages/train2014/b.jpg', await flat(4, 3).toColorspace('cmyk').jpeg().toBuffer());
  put('JPEGImages/train2014/c.jpg', await flat(1, 1).jpeg().toBuffer());
  put('JPEGImages/train2014/d.jpg', await flat(4, 3).jpeg().toBuffer());
});

const open = (options: Partial<CocoOptions> = {}) => openCoco({ root, split: 'train', ...options });
const ids = (set: SegmentationDataset) => Array.from({ length: set.length }, (_, i) => set.id(i));
const masks = (folder = 'SegmentationClass') => join(root, folder, 'train2014');

describe('openCoco', () => {
  it('reads images by name, labels and masks from annotations', async () => {
    const train = await open();
    expect([train.name, train.split, ...train.classes]).toEqual(['COCO', 'train2014', 'person', 'couch', 'toothbrush']);
    expect(ids(train)).toEqual(['a', 'b', 'c']); // d has no annotation
    expect([...(await train.labels(0))]).toEqual([1, 1, 0]);
    expect([...(await train.labels(1))]).toEqual([1, 0, 1]);
    expect([...(await train.mask!(0)).data]).toEqual([2, 2, 1, 0, 2, 2, 1, 0, 2, 2, 1, 0]);
    expect([...(await train.mask!(1)).data]).toEqual([0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
    expect(await train.mask!(2)).toEqual({ width: 1, height: 1, data: Uint8Array.of(3) });
    expect(() => train.id(3)).toThrow('COCO train: record 3 does not exist');
  });

  it('reads gray and CMYK JPEGs, and 1×1', async () => {
    const train = await open();
    for (const [index, size] of [4 * 3, 4 * 3, 1].entries()) expect((await train.image(index)).data.length).toBe(size * 3);
    const [red, green, blue] = (await train.image(0)).data;
    expect([green, blue]).toEqual([red, red]);
  });

  it('takes labels from masks, classes of VOC, and images without annotation if told', async () => {
    const fromMasks = await open({ labels: 'masks' });
    expect([...(await fromMasks.labels(1))]).toEqual([1, 0, 0]); // the toothbrush is covered
    const voc12 = await open({ toVoc12: true });
    expect([voc12.classes.length, voc12.classes[17]]).toEqual([20, 'sofa']);
    expect([...(await voc12.mask!(0)).data.subarray(0, 4)]).toEqual([18, 18, 15, 0]);
    expect([...(await voc12.mask!(2)).data]).toEqual([255]);
    expect([...(await voc12.labels(2))].every(label => label === 0)).toBe(true);
    const all = await open({ unannotated: true });
    expect(ids(all)).toEqual(['a', 'b', 'c', 'd']);
    expect([...(await all.mask!(3)).data]).toEqual(new Array(12).fill(0));
  });

  it('reads masks that have been made', async () => {
    put('SegmentationClass/train2014/a.png', encodePalettePng({ width: 4, height: 3, data: new Uint8Array(12).fill(3) }));
    put('SegmentationClass/train2014/b.png', encodePalettePng({ width: 3, height: 4, data: new Uint8Array(12) }));
    const train = await open({ labels: 'masks' });
    expect([...(await train.labels(0))]).toEqual([0, 0, 1]);
    await expect(train.mask!(1)).rejects.toThrow(/b\.png is 3×4, but the instances file says 4×3; they must be equal/);
    expect([...(await train.mask!(2)).data]).toEqual([3]);
    expect(train.files!(0)).toEqual({ image: join(root, 'JPEGImages/train2014/a.jpg'), mask: join(masks(), 'a.png') });
    expect(train.files!(2).mask).toBeUndefined();
  });

  it('finds 2017 and other layouts', async () => {
    expect((await open({ root: parent })).length).toBe(3);
    rmSync(root, { recursive: true });
    put('annotations/instances_train2017.json', instances());
    for (const { file_name, width, height } of images) put(`train2017/${file_name}`, await flat(width, height).jpeg().toBuffer());
    expect((await open()).split).toBe('train2017');
    expect((await (await open({ year: 2017 })).image(0)).width).toBe(4);
    await expect(open({ year: 2014 })).rejects.toThrow(/instances_train2014\.json not found; expected the folder with annotations/);
    await expect(open({ split: 'val' })).rejects.toThrow(/instances_val2014\.json or .*instances_val2017\.json not found/);
    await expect(open({ root: '/nowhere' })).rejects.toThrow('COCO: folder /nowhere does not exist');
  });

  it('has a part of val that is given, or the first', async () => {
    put('annotations/instances_val2014.json', instances());
    symlinkSync(join(root, 'JPEGImages/train2014'), join(root, 'JPEGImages/val2014'));
    const first = await open({ split: 'val_part' });
    expect(ids(first)).toEqual(['a', 'b', 'c']);
    expect(first.opened!.notes).toEqual([
      expect.stringMatching(/val_part\.txt is not there; val_part is the first 3 annotated images by name/),
    ]);
    put('ImageSets/val_part.txt', 'c\r\n\na.jpg\n');
    const part = await open({ split: 'val_part' });
    expect([part.split, ...ids(part)]).toEqual(['val_part2014', 'c', 'a']);
    put('ImageSets/val_part.txt', 'c\nval2014/a.jpg\nc\n');
    await expect(open({ split: 'val_part' })).rejects.toThrow(
      'COCO list val_part.txt line 3: image c is named before, in list val_part.txt line 1',
    );
    put('ImageSets/val_part.txt', 'c\n\nx\n');
    await expect(open({ split: 'val_part' })).rejects.toThrow(
      'COCO list val_part.txt line 3: image x is not among the 3 annotated images of val',
    );
  });

  it.each([
    [also(box(16, 99, 1, 0, 0, 1, 1)), 'annotation 16: its image 99 is not among the 4 images of the file'],
    [also(box(16, 3, 2, 0, 0, 1, 1)), 'annotation 16 of a.jpg: its category 2 is not among the 3 categories of the file'],
    [
      also(box(16, 3, 1, 40, 0, 1, 1), box(17, 99, 1, 0, 0, 1, 1)),
      'of a.jpg: polygon 0 lies outside the image of 4×3 (it spans x 40 to 41, y 0 to 1) (and 1 more)',
    ],
    [
      also({ ...box(16, 3, 1, 0, 0, 1, 1), segmentation: { size: [3, 4], counts: [3, 6] } }),
      'annotation 16 of a.jpg: its run lengths add up to 9',
    ],
    [
      { images: [...images, { id: 8, file_name: 'e.jpg', width: 4, height: 0 }] },
      'image e.jpg: its "height" is 0; expected a whole number from 1 to 65535',
    ],
    [{ images: [...images, { id: 8, file_name: 'e.jpg', width: '4', height: 3 }] }, 'image e.jpg: its "width" is "4"; expected a whole'],
    [{ images: [...images, { id: 8, width: 4, height: 3 }] }, 'image 8: its "file_name" is missing; expected the name of a file'],
    [{ images: [...images, { ...images[0], file_name: 'e.jpg' }] }, 'images c.jpg and e.jpg have the same "id" 7'],
    [{ images: [...images, { ...images[0], id: 99 }] }, 'image c.jpg is listed twice, with the "id" 7 and 99'],
    [{ images: [] }, 'has 0 "images" and 3 "categories"; expected at least one image'],
    [{ categories: [{ id: 1 }] }, 'expected a category with "id" and "name", found {"id":1}'],
    [{ annotations: undefined }, 'has no "annotations"'],
    [{ annotations: [] }, 'none of its 4 images has an annotation that can be used'],
    [{ categories: [...categories, { id: 2, name: 'person' }] }, 'categories 1 and 2 are both called "person"'],
    [{ annotations: [5] }, 'annotations[0] at byte'],
  ])('names what is wrong in the file (%#)', async (change, message) => {
    putTrain(change);
    await expect(open()).rejects.toThrow(message);
    await expect(open()).rejects.toThrow('instances_train2014.json');
  });

  it('leaves refused images out if told', async () => {
    putTrain(also(box(16, 3, 2, 0, 0, 1, 1), box(17, 99, 1, 0, 0, 1, 1)));
    const found = await open({ leaveOut: true });
    expect(ids(found)).toEqual(['b', 'c']);
    expect(found.opened!.leftOut).toEqual([
      expect.stringContaining('instances_train2014.json: annotation 16 of a.jpg: its category 2'),
      expect.stringContaining('annotation 17: its image 99'),
    ]);
    expect(found.opened!.outlines).toEqual({ count: 5, unusable: 0 });
  });

  it('leaves images out whose size no image has, if told, and makes no masks of them', async () => {
    putTrain({ images: images.map(image => (image.id === 5 ? { ...image, width: 65_535, height: 65_535 } : image)) });
    await expect(open()).rejects.toThrow(/train2014\.json: image b\.jpg: it is 65535×65535, 4295 million pixels, .* \(and \d more\)/);
    expect(ids(await open({ leaveOut: true }))).toEqual(['a', 'c']);
    const read = await readInstances(join(root, 'annotations/instances_train2014.json'));
    expect(await writeCocoMasks(read, { folder: masks() })).toMatchObject({
      written: 3,
      refused: [{ file: 'b.jpg', reason: expect.stringMatching(/65535×65535/) }],
    });
  });

  it('names images that are missing or of another size, and truncated annotations', async () => {
    rmSync(join(root, 'JPEGImages/train2014/b.jpg'));
    await expect(open()).rejects.toThrow(/image b\.jpg \(id 5\) not found in .*train2014$/);
    put('JPEGImages/train2014/b.jpg', await flat(3, 4).jpeg().toBuffer());
    await expect((await open()).image(1)).rejects.toThrow(/b\.jpg is 3×4, but the instances file says 4×3/);
    const train = await open();
    putTrain({ info: { longer: true } });
    await expect(train.mask!(0)).rejects.toThrow('annotation 11 is no longer where it was in');
    put('annotations/instances_train2014.json', instances().slice(0, 500));
    await expect(open()).rejects.toThrow(/ends at byte 500, inside "annotations": it is truncated/);
  });
});

describe('writeCocoMasks', () => {
  const write = async (options = {}) =>
    writeCocoMasks(await readInstances(join(root, 'annotations/instances_train2014.json')), { folder: masks(), ...options });

  it('writes what the data set rasterizes, and goes on where it ended', async () => {
    const before = await open();
    const expected = await Promise.all([0, 1, 2].map(i => before.mask!(i)));
    const interruption = new AbortController();
    const first = await write({ workers: 0, onImage: () => interruption.abort(), signal: interruption.signal });
    expect(first.written).toBeLessThan(4);
    const counts: number[] = [];
    expect(await write({ onImage: (done: number) => counts.push(done) })).toEqual({
      written: 4 - first.written,
      kept: first.written,
      empty: 1,
      refused: [],
    });
    expect(counts).toEqual([1, 2, 3, 4]);
    const after = await open();
    expect(await Promise.all([0, 1, 2].map(i => after.mask!(i)))).toEqual(expected);
    expect((await write({ overwrite: true })).written).toBe(4);
  });

  it('refuses images with damaged annotations, and only those', async () => {
    putTrain(also(box(16, 3, 2, 0, 0, 1, 1), box(17, 3, 1, 40, 0, 1, 1), box(18, 99, 1, 0, 0, 1, 1)));
    const summary = await write();
    expect(summary).toMatchObject({ written: 3, refused: [{ file: 'a.jpg', reason: /its category 2/ }] });
    expect(existsSync(join(masks(), 'a.png'))).toBe(false);
  });

  it('maps to the classes of VOC', async () => {
    await write({ folder: masks('SegmentationClassVOC12'), toVoc12: true });
    expect([...(await (await open({ toVoc12: true })).mask!(0)).data.subarray(0, 3)]).toEqual([18, 18, 15]);
  });
});

describe.skipIf(!realCoco)(realCocoNeeded, () => {
  it('opens, and masks hold no class that annotations do not', async () => {
    const val = await openCoco({ root: realCoco!, split: 'val_part' });
    expect([val.classes.length, val.classes[0], val.classes[79]]).toEqual([80, 'person', 'toothbrush']);
    for (const index of [0, Math.floor(val.length / 2), val.length - 1]) {
      const [picture, mask, labels] = await Promise.all([val.image(index), val.mask!(index), val.labels(index)]);
      expect([mask.width, mask.height]).toEqual([picture.width, picture.height]);
      for (const [k, present] of labelsOfMask(mask, 80).entries()) expect(present).toBeLessThanOrEqual(labels[k]!);
    }
  });
});
