import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { SegmentationDataset } from '../dataset.js';
import { encodePalettePng } from '../images/write-palette-png.js';
import { openFolder } from './folder.js';

const root = join(mkdtempSync(join(tmpdir(), 'wsss-folder-')), 'mine');
afterAll(() => rmSync(dirname(root), { recursive: true }));
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
};
const jpeg = await sharp({ create: { width: 4, height: 3, channels: 3, background: '#406080' } })
  .jpeg()
  .toBuffer();
const mask = (label: number, width = 4) => encodePalettePng({ width, height: 3, data: new Uint8Array(3 * width).fill(label) });
const ids = (set: SegmentationDataset) => Array.from({ length: set.length }, (_, i) => set.id(i));
const labels = async (set: SegmentationDataset) =>
  Promise.all(Array.from({ length: set.length }, async (_, i) => [...(await set.labels(i))].join('')));

beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
});

describe('labels.csv', () => {
  it('gives pictures beside it and in images/, their classes and their splits', async () => {
    for (const name of ['a.jpg', 'images/b.jpg', 'deep/c.jpg', 'd.jpg']) put(name, jpeg);
    put(
      'labels.csv',
      'split,file,classes\r\ntrain,a.jpg,dog;cat\r\ntrain,b.jpg,"cat, bird"\r\nval,deep/c.jpg,dog|dog\r\nval,d.jpg,\r\n\r\n',
    );
    const [train, val] = await Promise.all(['train', 'val'].map(split => openFolder({ root, split })));
    expect([train!.name, train!.split, train!.classes]).toEqual(['folder', 'train', ['bird', 'cat', 'dog']]);
    expect(ids(train!)).toEqual(['a.jpg', 'b.jpg']);
    expect(await labels(train!)).toEqual(['011', '110']);
    expect(ids(val!)).toEqual(['deep/c.jpg', 'd.jpg']);
    expect(await labels(val!)).toEqual(['001', '000']);
    expect(train!.files!(1)).toEqual({ image: join(root, 'images/b.jpg') });
    expect((await train!.image(1)).width).toBe(4);
    expect(train!.mask).toBeUndefined();
    await expect(openFolder({ root, split: 'test' })).rejects.toThrow('has no split test; the column split has train, val');
  });

  it.each(['masks/a.png', 'masks/images/a.png', 'masks/a.PNG'])('finds the mask of images/a.jpg in %s', async path => {
    put('images/a.jpg', jpeg);
    put('labels.csv', 'file,classes,split\nimages/a.jpg,cat,val\n');
    put(path, mask(1));
    const val = await openFolder({ root, split: 'val' });
    expect([ids(val), val.opened!.notes]).toEqual([['images/a.jpg'], []]);
    expect([...(await val.mask!(0)).data]).toEqual(new Array(12).fill(1));
  });

  it('finds masks of pictures named with images/ and without', async () => {
    for (const name of ['images/a.jpg', 'images/b.jpg']) put(name, jpeg);
    put('labels.csv', 'file,classes,split\nimages/a.jpg,cat,val\nb.jpg,dog,val\n');
    for (const [i, name] of ['a', 'b'].entries()) put(`masks/${name}.png`, mask(i + 1));
    const val = await openFolder({ root, split: 'val' });
    expect([(await val.mask!(0)).data[0], (await val.mask!(1)).data[0]]).toEqual([1, 2]);
    // Where a.jpg and images/a.jpg are two pictures, each has the mask of its own path.
    put('a.jpg', jpeg);
    put('labels.csv', 'file,classes,split\na.jpg,cat,val\nimages/a.jpg,dog,val\n');
    put('masks/images/a.png', mask(2));
    const clear = await openFolder({ root, split: 'val', checkFiles: false });
    expect([ids(clear), (await clear.mask!(0)).data[0]]).toEqual([['images/a.jpg'], 2]);
    expect(clear.opened!.leftOut).toEqual([expect.stringMatching(/image a\.jpg may be .*; rename one/)]);
  });

  it('refuses two masks of a picture, and a mask of two pictures', async () => {
    for (const name of ['images/a.jpg', 'images/b.jpg', 'images/b.png']) put(name, jpeg);
    put('labels.csv', 'file,classes,split\nimages/a.jpg,cat,val\nimages/b.jpg,cat,val\nimages/b.png,cat,val\n');
    for (const name of ['masks/a.png', 'masks/images/a.png']) put(name, mask(1));
    await expect(openFolder({ root, split: 'val' })).rejects.toThrow(
      /a\.png and .*images.a\.png may both be of images\/a\.jpg; remove one/,
    );
    rmSync(join(root, 'masks/images/a.png'));
    put('masks/b.png', mask(1));
    await expect(openFolder({ root, split: 'val' })).rejects.toThrow(
      /b\.png may be of images\/b\.jpg or of another picture with this name; call it masks\/b\.jpg\.png/,
    );
  });

  it('takes the order of classes from classes.txt', async () => {
    put('a.jpg', jpeg);
    put('labels.csv', 'file,classes,split\na.jpg,cat,train\n');
    put('classes.txt', 'dog\r\ncat\r\n');
    expect(await labels(await openFolder({ root, split: 'train' }))).toEqual(['01']);
    put('classes.txt', 'dog\n');
    await expect(openFolder({ root, split: 'train' })).rejects.toThrow('labels.csv line 2: a.jpg has the class "cat", which');
  });

  it.each([
    ['name,label\na.jpg,cat\n', 'line 1: expected a first row "file,classes" (and perhaps "split"), found "name,label"'],
    ['', 'line 1: expected a first row'],
    ['file,classes\na.jpg,cat,dog\n', 'line 2: 3 fields instead of 2; quote fields that hold commas'],
    ['file,classes\na.jpg,cat\na.jpg,dog\n', 'line 3: a.jpg is named on line 2 already'],
    ['file,classes\n,dog\n', 'line 2: no file is named'],
    ['file,classes\n', 'labels.csv names no picture'],
    ['file,classes\n"a.jpg,cat\n', 'labels.csv line 2: a quote is out of place'],
    ['file,classes,split\nno.jpg,cat,train\nnor.jpg,cat,train\n', /line 2: image .*no\.jpg not found \(and 1 more\)/],
    ['file,classes,split\na.jpg,,train\n', 'has 0 classes; expected 1 to 254'],
  ])('refuses %j', async (text, message) => {
    put('labels.csv', text);
    await expect(openFolder({ root, split: 'train' })).rejects.toThrow(message);
  });
});

describe('annotations.json', () => {
  const list = (segmentation: unknown, category = 7) => ({
    images: [{ id: 1, file_name: 'a.jpg', width: 4, height: 3 }],
    categories: [
      { id: 9, name: 'cat' },
      { id: 7, name: 'dog' },
    ],
    annotations: [{ id: 5, image_id: 1, category_id: category, segmentation }],
  });

  it('gives labels, and masks from its outlines', async () => {
    put('train/images/a.jpg', jpeg);
    put('valid/a.jpg', jpeg);
    put('train/annotations.json', JSON.stringify(list([[0, 0, 2, 0, 2, 3, 0, 3]])));
    put('valid/_annotations.coco.json', JSON.stringify(list(undefined, 9)));
    const train = await openFolder({ root, split: 'train' });
    expect([train.classes, await labels(train)]).toEqual([['dog', 'cat'], ['10']]);
    expect([...(await train.mask!(0)).data.subarray(0, 4)]).toEqual([1, 1, 0, 0]);
    expect(train.files!(0)).toEqual({ image: join(root, 'train/images/a.jpg') });
    const valid = await openFolder({ root, split: 'valid' });
    expect([await labels(valid), valid.mask]).toEqual([['01'], undefined]); // an annotation without an outline
    put('valid/masks/a.png', mask(2));
    expect([...(await (await openFolder({ root, split: 'valid' })).mask!(0)).data]).toEqual(new Array(12).fill(2));
  });

  it('finds the mask of a picture that two lists name', async () => {
    put('val/a.jpg', jpeg);
    for (const name of ['one', 'two']) put(`val/${name}.json`, JSON.stringify(list(undefined)));
    put('val/masks/a.png', mask(1));
    await expect(openFolder({ root, split: 'val', checkFiles: false })).rejects.toThrow(
      /no annotation has the category cat, .* name the classes in classes\.txt/,
    );
    put('classes.txt', 'cat\ndog\n');
    const val = await openFolder({ root, split: 'val', checkFiles: false });
    expect([...(await val.mask!(0)).data]).toEqual(new Array(12).fill(1));
    expect(val.opened!.leftOut).toEqual([expect.stringMatching(/image a\.jpg is in the list of .*, too/)]);
  });

  it('names what does not fit together', async () => {
    put('train/a.jpg', jpeg);
    put(
      'train/annotations.json',
      JSON.stringify({ ...list([[0, 0, 2, 0, 2, 3]]), images: [{ id: 2, file_name: 'a.jpg', width: 4, height: 3 }] }),
    );
    await expect(openFolder({ root, split: 'train' })).rejects.toThrow(/annotations\.json: annotation 5: its image 1 is not among/);
    put('train/annotations.json', JSON.stringify(list([[0, 0, 2, 0, 2, 3]])));
    put('val/a.jpg', jpeg);
    put('val/annotations.json', JSON.stringify({ ...list([[0, 0, 2, 0, 2, 3]]), categories: [{ id: 7, name: 'hen' }] }));
    await expect(openFolder({ root, split: 'val' })).rejects.toThrow("the splits' categories differ, 7 is dog and hen");
  });
});

describe('a folder a class', () => {
  it('is read with splits as folders, and masks beside the classes', async () => {
    for (const name of ['train/dog/1.jpg', 'train/cat/2.JPG', 'train/cat/old/3.png', 'val/cat/4.jpg']) put(name, jpeg);
    put('train/cat/notes.txt', 'no picture');
    put('val/masks/cat/4.png', mask(1));
    const train = await openFolder({ root, split: 'train' });
    expect([ids(train), train.classes]).toEqual([
      ['cat/2.JPG', 'cat/old/3.png', 'dog/1.jpg'],
      ['cat', 'dog'],
    ]);
    expect(await labels(train)).toEqual(['10', '10', '01']);
    const val = await openFolder({ root, split: 'val' });
    expect([ids(val), val.classes]).toEqual([['cat/4.jpg'], ['cat', 'dog']]); // the classes of all splits
    expect([...(await val.mask!(0)).data]).toEqual(new Array(12).fill(1));
    await expect(openFolder({ root, split: 'test' })).rejects.toThrow('has no split test; it has train, val');
  });

  it('is divided by names where it is not divided', async () => {
    for (let i = 0; i < 60; i++) put(`${i % 2 ? 'cat' : 'dog'}/${i}.jpg`, jpeg);
    const [train, val] = await Promise.all(['train', 'val'].map(split => openFolder({ root, split })));
    expect(train!.length + val!.length).toBe(60);
    expect(val!.length).toBeGreaterThan(0);
    expect(val!.length).toBeLessThan(15);
    expect(ids(train!).some(id => ids(val!).includes(id))).toBe(false);
    const before = ids(val!);
    put('cat/another.jpg', jpeg);
    expect(ids(await openFolder({ root, split: 'val' })).filter(id => id !== 'cat/another.jpg')).toEqual(before);
    await expect(openFolder({ root, split: 'all' })).rejects.toThrow('is not divided into splits, so there are train and val; found "all"');
  });

  it('validates with the pictures that have masks, if others have none', async () => {
    for (let i = 0; i < 6; i++) put(`cat/${i}.jpg`, jpeg);
    put('masks/cat/2.png', mask(1));
    put('masks/cat/5.png', mask(2));
    const val = await openFolder({ root, split: 'val' });
    expect(ids(val)).toEqual(['cat/2.jpg', 'cat/5.jpg']);
    expect((await openFolder({ root, split: 'train' })).length).toBe(4);
    await expect(val.mask!(1)).rejects.toThrow(/5\.png: label 2 is out of range: expected 0 to 1, or 255/);
    put('masks/cat/2.png', mask(1, 5));
    await expect(val.mask!(0)).rejects.toThrow(/2\.png is 5×3, its image .*2\.jpg 4×3; they must be equal/);
  });

  it('says what it expected', async () => {
    await expect(openFolder({ root, split: 'train' })).rejects.toThrow(
      'holds no labels.csv, no annotations.json and no folders of pictures; expected labels.csv with',
    );
    await expect(openFolder({ root: join(root, 'no'), split: 'train' })).rejects.toThrow('no does not exist; expected labels.csv');
  });
});

it('keeps pictures without files when asked to', async () => {
  put('labels.csv', 'file,classes,split\nno.jpg,cat,train\n');
  const train = await openFolder({ root, split: 'train', checkFiles: false });
  await expect(train.image(0)).rejects.toThrow('no.jpg: the file does not exist');
});
