import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolder, readLabelPng, readPicture } from '@wsss/datasets';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../test/command.js';

// Small data sets as annotation tools and people leave them, in fixtures/data-sets. What comes out was worked out by hand, or with
// pycocotools and PIL.
const given = join(import.meta.dirname, '../../../../fixtures/data-sets');
const folder = mkdtempSync(join(tmpdir(), 'wsss-real-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Checked {
  problems: number;
  splits: {
    split: string;
    records: number;
    bad: { id: string }[];
    turned: string[];
    classes: { name: string; label: number; images: number; pixelShare?: number }[];
    opened: { leftOut: string[]; outlines?: { count: number; unusable: number }; notes: string[] };
    published?: { count: number };
  }[];
  notOpened: { split: string; reason: string }[];
}

async function check(form: string, path: string, ...options: string[]): Promise<Checked & { code: number }> {
  const { out, err, code } = await runCommand(['data', 'check', form, join(given, path), '--json', ...options]);
  expect(err.replace(/^check.*\n/gm, '')).not.toContain('mcc: ');
  return { ...JSON.parse(out), code };
}

/** Pixels of each class in a split of pictures of one size. */
const pixels = (split: Checked['splits'][number], size: number) =>
  Object.fromEntries(split.classes.flatMap(({ name, pixelShare = 0 }) => [[name, Math.round(pixelShare * size * split.records)]]));
const images = ({ splits }: Checked, name: string) =>
  splits.reduce((sum, { classes }) => sum + (classes.find(entry => entry.name === name)?.images ?? 0), 0);
const records = ({ splits }: Checked) => splits.reduce((sum, split) => sum + split.records, 0);
const isWhole = ({ splits }: Checked) => splits.every(({ bad, opened }) => bad.length === 0 && opened.leftOut.length === 0);

describe('names are no keys', () => {
  it('tells categories of one name apart, and leaves out those without annotations', async () => {
    const found = await check('folder', 'duplicate-category-name');
    expect([found.code, found.splits.map(({ split }) => split)]).toEqual([0, ['train', 'valid']]);
    const [train, valid] = found.splits as [Checked['splits'][number], Checked['splits'][number]];
    const { width, height } = await (await openFolder({ root: join(given, 'duplicate-category-name'), split: 'train' })).image(0);
    expect(train.classes.map(({ name, images }) => [name, images])).toEqual([
      ['background', 2],
      ['buoy', 2],
      ['kelp', 2],
      ['ignore', 0],
    ]);
    expect(pixels(train, width * height)).toMatchObject({ buoy: 126, kelp: 336 });
    expect(pixels(valid, width * height)).toMatchObject({ buoy: 63, kelp: 168 });
  });

  it('tells images of one name in several folders apart', async () => {
    const found = await check('folder', 'same-name-in-folders');
    expect([records(found), isWhole(found), images(found, 'crate'), images(found, 'rope')]).toEqual([2, true, 1, 1]);
    const train = await openFolder({ root: join(given, 'same-name-in-folders'), split: 'train' });
    expect([train.id(0), train.id(1)]).toEqual(['cam1/0001.jpg', 'cam2/0001.jpg']);
    expect(await Promise.all([0, 1].map(async i => (await train.mask!(i)).data.filter(Boolean).length))).toEqual([63, 81]);
  });

  it('tells files apart that differ in their ending, in masks that are written and read', async () => {
    const coco = join(folder, 'same-stem');
    cpSync(join(given, 'same-stem/MSCOCO'), coco, { recursive: true });
    const run = ['data', 'coco-masks', '--coco', coco, '--split', 'train', '--year', '2017', '--json'];
    expect(JSON.parse((await runCommand(run)).out)).toMatchObject({ written: 2, kept: 0, refused: [] });
    const masks = join(coco, 'SegmentationClass/train2017');
    expect(readdirSync(masks)).toEqual(['a.jpg.png', 'a.png.png']);
    const count = async (name: string, label: number) =>
      (await readLabelPng(join(masks, name))).data.filter(value => value === label).length;
    expect([await count('a.jpg.png', 1), await count('a.png.png', 2)]).toEqual([100, 135]);
    expect(JSON.parse((await runCommand(run)).out)).toMatchObject({ written: 0, kept: 2 });
    const { out, code } = await runCommand(['data', 'check', 'coco', coco, '--splits', 'train2017', '--json']);
    const [split] = (JSON.parse(out) as Checked).splits;
    expect([code, split!.records, split!.bad]).toEqual([0, 2, []]);
  });
});

describe('nothing is guessed in silence', () => {
  it.each([
    ['cvat', 4, { crate: 2, gull: 1, rope: 1 }],
    ['labelstudio', 3, { anchor: 2, buoy: 1 }],
    ['labelme-voc', 3, { hull: 2, mast: 1 }],
  ])('reads the export of %s', async (name, count, classes) => {
    const found = await check('folder', join('exports-as-exported', name));
    expect([records(found), isWhole(found)]).toEqual([count, true]);
    for (const [name, number] of Object.entries(classes)) expect([name, images(found, name)]).toEqual([name, number]);
    const named = found.splits[0]!.classes.map(entry => entry.name).filter(name => name !== 'background' && name !== 'ignore');
    expect(named.sort()).toEqual(Object.keys(classes).sort());
    for (const { reason } of found.notOpened) expect(reason).toMatch(/every tenth picture .*of these \d that leaves none for val/);
  });

  it.each([
    ['empty-list', 80, 90],
    ['one-point', 88, 99],
    ['outside', 96, 108],
    ['flat-list', 234, 165],
  ])('names an outline that cannot be used: %s', async (name, crates, ropes) => {
    const found = await check('folder', join('one-bad-outline', name));
    const val = found.splits.find(({ split }) => split === 'val')!;
    expect([...val.opened.leftOut, ...val.opened.notes].join()).toMatch(/annotation 4711 of val-c\.jpg/);
    const { width, height } = await (
      await openFolder({ root: join(given, 'one-bad-outline', name), split: 'val', checkFiles: false })
    ).image(0);
    const { crate, rope } = pixels(val, width * height);
    const { out, code } = await runCommand(['data', 'check', 'folder', join(given, 'one-bad-outline', name)]);
    if (name === 'flat-list') {
      expect([crate, rope, val.records, out]).toEqual([crates, ropes, 3, expect.stringContaining('taken for one polygon')]);
      return;
    }
    expect([crate, rope, val.records, found.code, code]).toEqual([crates, ropes, 2, 1, 1]);
    expect(out).toContain(`1 of ${val.opened.outlines!.count} outlines cannot be used; their images are left out:\n    `);
    await expect(openFolder({ root: join(given, 'one-bad-outline', name), split: 'val' })).rejects.toThrow(/annotation 4711 .*--skip-bad/);
  });

  it('reads lists of paths as DeepLab writes them', async () => {
    const found = await check('voc', 'list-with-paths/VOC2012', '--splits', 'train_aug,val');
    expect(found.splits.map(({ split, records }) => [split, records])).toEqual([
      ['train_aug', 3],
      ['val', 1],
    ]);
  });
});

it('draws parts of two points as the COCO tools do', async () => {
  const out = join(folder, 'two-point');
  const { code } = await runCommand([
    'data',
    'coco-masks',
    '--coco',
    join(given, 'two-point-part/MSCOCO'),
    '--split',
    'train',
    '--year',
    '2017',
    '--out',
    out,
  ]);
  expect(code).toBe(0);
  expect((await readLabelPng(join(out, 'lagoon.png'))).data.filter(label => label === 1).length).toBe(99);
});

describe('paths of tools', () => {
  it.each([
    ['path-below-images/json', 3, 2, 1],
    ['path-below-images/csv', 3, 2, 1],
    ['backslash-paths/json', 2, 1, 1],
    ['backslash-paths/csv', 2, 1, 1],
  ])('finds the pictures of %s', async (path, count, crate, rope) => {
    const found = await check('folder', path);
    expect([records(found), isWhole(found), images(found, 'crate'), images(found, 'rope')]).toEqual([count, true, crate, rope]);
  });
});

it.each([['six'], ['three']])('puts outlines on the upright picture (%s)', async name => {
  const root = join(given, 'phone-photos', name);
  const train = await openFolder({ root, split: 'train' });
  const [picture, mask] = await Promise.all([train.image(0), train.mask!(0)]);
  let [both, red, marked] = [0, 0, 0];
  for (let i = 0; i < mask.data.length; i++) {
    const isRed = picture.data[3 * i]! > 150 && picture.data[3 * i + 1]! < 110 && picture.data[3 * i + 2]! < 110;
    red += Number(isRed);
    marked += Number(mask.data[i]! > 0);
    both += Number(isRed && mask.data[i]! > 0);
  }
  expect(marked).toBe(108);
  expect(both / red).toBeGreaterThan(0.95);
  expect(both / marked).toBeGreaterThan(0.95);
  expect((await check('folder', join('phone-photos', name))).splits[0]!.turned).toEqual(['pier.jpg']);
  const { out } = await runCommand(['data', 'check', 'folder', root]);
  expect(out).toContain('1 stored turned (EXIF orientation) and read upright');
});

it('takes a split without annotations for background', async () => {
  const found = await check('folder', 'split-without-annotations');
  const val = found.splits.find(({ split }) => split === 'val')!;
  expect([found.code, found.splits[0]!.records, val.records]).toEqual([0, 2, 1]);
  expect(val.classes.filter(({ label, images }) => label > 0 && images > 0)).toEqual([]);
  expect(val.classes[0]).toMatchObject({ name: 'background', pixelShare: 1 });
});

describe('pictures', () => {
  const mean = async (path: string) => {
    const { data } = await readPicture(join(given, path));
    return [0, 1, 2].map(c => data.filter((_, i) => i % 3 === c).reduce((sum, value) => sum + value, 0) / (data.length / 3));
  };

  it.each([
    ['cmyk/hull/print.jpg', [99.5, 100.1, 99.8]],
    ['cmyk/mast/plain.jpg', [99.9, 128.4, 145.6]],
    ['cmyk/mast/poster.jpg', [99.8, 99.1, 99.4]],
  ])('of four inks have the colors that PIL gives: %s', async (path, expected) => {
    for (const [c, value] of (await mean(path)).entries()) expect(value).toBeCloseTo(expected[c]!, 0);
  });

  it('in BMP are read', async () => {
    const found = await check('folder', 'bmp');
    expect([records(found), isWhole(found)]).toEqual([4, true]);
  });
});

describe('mcc data masks', () => {
  it('takes the colors of a labelmap.txt', async () => {
    const out = join(folder, 'labels');
    const run = ['data', 'masks', '--from-rgb', join(given, 'labelmap/rgb'), '--out', out];
    await runCommand([...run, '--colors', join(given, 'labelmap/labelmap.txt')]);
    const counts = async (name: string) => {
      const { data } = await readLabelPng(join(out, name));
      return [1, 2, 3].map(label => data.filter(value => value === label).length);
    };
    expect([await counts('jetty0.png'), await counts('jetty1.png')]).toEqual([
      [8, 10, 12],
      [6, 8, 10],
    ]);
    writeFileSync(join(folder, 'labelmap.txt'), 'crate;1;2;3\n');
    const { err } = await runCommand([
      'data',
      'masks',
      '--from-rgb',
      join(given, 'labelmap/rgb'),
      '--out',
      join(folder, 'no'),
      '--colors',
      join(folder, 'labelmap.txt'),
    ]);
    expect(err).toContain('labelmap.txt line 1: found "crate;1;2;3"; expected name:red,green,blue, as in CVAT\'s labelmap.txt');
  });
});

it('knows val_part, whose list has no line end after its last name', async () => {
  const root = join(folder, 'MSCOCO');
  for (const name of ['annotations', 'ImageSets', 'JPEGImages/val2014']) mkdirSync(join(root, name), { recursive: true });
  const name = (i: number) => `COCO_val2014_${String(i).padStart(12, '0')}`;
  const all = Array.from({ length: 5012 }, (_, i) => (i < 4999 ? i + 42 : 71_857 + i - 4999));
  const list = {
    images: all.map((id, i) => ({ id: i, file_name: `${name(id)}.jpg`, width: 9, height: 9 })),
    annotations: all.map((_, i) => ({ id: i, image_id: i, category_id: 1, segmentation: [[0, 0, 4, 0, 4, 4]] })),
    categories: [{ id: 1, name: 'person' }],
  };
  writeFileSync(join(root, 'annotations/instances_val2014.json'), JSON.stringify(list));
  const run = async () => {
    const { out } = await runCommand(['data', 'check', 'coco', root, '--splits', 'val_part', '--quick', '--json']);
    return (JSON.parse(out) as Checked).splits[0]!;
  };
  const derived = await run();
  expect([derived.records, derived.published!.count, derived.opened.notes]).toEqual([5000, 5000, []]);
  writeFileSync(join(root, 'ImageSets/val_part.txt'), all.slice(0, 5000).map(name).join('\n'));
  const given = await run();
  expect([given.records, given.published!.count, given.opened.notes]).toEqual([5000, 5000, []]);
  expect(given.bad.map(({ id }) => id)).toEqual(derived.bad.map(({ id }) => id));
  writeFileSync(join(root, 'ImageSets/val_part.txt'), all.slice(0, 4999).map(name).join('\n'));
  expect((await run()).opened.notes).toEqual([expect.stringContaining('it is not the published part, which has 5000 images')]);
});
