import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { encodePalettePng, openDataset, readLabelPng } from '@wsss/datasets';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand, smallRecipe } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-data-'));
afterAll(() => rmSync(folder, { recursive: true }));
const voc = join(folder, 'VOC2012');
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};

const mcc = (...args: string[]) => runCommand(args);

const jpeg = (background: string, width = 40, height = 32) =>
  sharp({ create: { width, height, channels: 3, background } })
    .jpeg()
    .toBuffer();
/** A body of a class in the middle. */
const mask = (label: number) => {
  const data = Uint8Array.from({ length: 40 * 32 }, (_, i) => (i % 40 > 10 && i % 40 < 30 && i > 320 && i < 960 ? label : 0));
  return encodePalettePng({ width: 40, height: 32, data });
};

beforeEach(async () => {
  rmSync(voc, { recursive: true, force: true });
  for (const [i, background] of ['#a00', '#0a0', '#00a', '#aa0', '#0aa', '#a0a'].entries()) {
    put(join(voc, `JPEGImages/2007_0${i}.jpg`), await jpeg(background));
    put(join(voc, `SegmentationClassAug/2007_0${i}.png`), mask(1 + (i % 3)));
  }
  put(join(voc, 'ImageSets/Segmentation/train.txt'), '2007_00\n2007_01\n2007_02\n2007_03\n');
  put(join(voc, 'ImageSets/Segmentation/val.txt'), '2007_04\n2007_05\n');
});

describe('mcc data check', () => {
  it('says that all is well, with the published numbers and the classes', async () => {
    const { out, code } = await mcc('data', 'check', 'voc', voc);
    expect(code).toBe(0);
    expect(out).toContain(
      'train_aug: 4 images; VOC train_aug has 10 582 (every mask of VOC and SBD that is not in val): 10 578 are not here',
    );
    expect(out).toContain('val: 2 images; VOC val has 1 449: 1 447 are not here');
    expect(out).toContain('no image is in two splits');
    expect(out).toMatch(/^test: not checked: VOC list test\.txt not found/m);
    expect(out).toMatch(/^aeroplane +2 +\d+\.\d\d % +2 /m);
  });

  it('names what is wrong, exits with 1, and writes a page', async () => {
    put(join(voc, 'JPEGImages/2007_00.jpg'), '');
    copyFileSync(join(voc, 'JPEGImages/2007_01.jpg'), join(voc, 'JPEGImages/2007_04.jpg'));
    const html = join(folder, 'check.html');
    const { out, err, code } = await mcc('data', 'check', 'voc', voc, '--splits', 'train,val', '--html', html);
    expect(code).toBe(1);
    expect(out).toContain('1 cannot be used:');
    expect(out).toContain('2007_00.jpg: the file is empty');
    expect(out).toContain('train 2007_01 = val 2007_04 (same content)');
    expect(err).toContain(`written: ${html}`);
    const page = readFileSync(html, 'utf8');
    expect(page.match(/<img /g)).toHaveLength(5);
    expect(page).toContain('2 problems');
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });

  it('prints JSON, and quickly looks at headers alone', async () => {
    put(join(voc, 'JPEGImages/2007_05.jpg'), (await jpeg('#777', 400, 300)).subarray(0, 900));
    const { out, code } = await mcc('data', 'check', 'voc', voc, '--quick', '--json');
    const { problems, splits } = JSON.parse(out);
    expect([problems, code, splits.map((split: { split: string }) => split.split)]).toEqual([1, 1, ['train_aug', 'train', 'val']]);
    expect(splits[2].bad[0]).toMatchObject({ index: 1, id: '2007_05' });
    expect(splits[0].published.count).toBe(10_582);
    expect(splits[0].hashes).toBeUndefined();
  });

  it('checks your own folder', async () => {
    const mine = join(folder, 'mine');
    for (const name of ['train/cat/a.jpg', 'train/dog/b.jpg', 'val/cat/c.jpg'])
      put(join(mine, name), await jpeg(name.length % 2 ? '#123' : '#456'));
    put(join(mine, 'val/masks/cat/c.png'), mask(1));
    const { out } = await mcc('data', 'check', 'folder', mine);
    expect(out).toContain('train: 2 images\n  no masks\n  every image can be used');
    expect(out).toContain('val: 1 image\n');
  });

  it('exits with 1 where a split that training opens cannot be opened, and names it', async () => {
    rmSync(join(voc, 'ImageSets/Segmentation/val.txt'));
    const ofVoc = await mcc('data', 'check', 'voc', voc, '--quick');
    expect([ofVoc.code, ofVoc.out]).toEqual([
      1,
      expect.stringMatching(/^train: 4 images[\s\S]*^val: not checked: VOC list val\.txt not found in/m),
    ]);

    const mine = join(folder, 'train-alone');
    put(join(mine, 'train/cat/a.jpg'), await jpeg('#123'));
    const ofFolder = await mcc('data', 'check', 'folder', mine);
    expect([ofFolder.code, ofFolder.out]).toEqual([
      1,
      expect.stringMatching(/^train: 1 image\n[\s\S]*^val: not checked: folder .*train-alone has no split val; it has train$/m),
    ]);
    expect(JSON.parse((await mcc('data', 'check', 'folder', mine, '--json')).out)).toMatchObject({
      problems: 0,
      notOpened: [{ split: 'val' }],
    });
    expect((await mcc('data', 'check', 'folder', mine, '--splits', 'train')).code).toBe(0);

    const coco = join(folder, 'MSCOCO');
    put(join(coco, 'images/train2017/a.jpg'), await jpeg('#123'));
    const list = JSON.stringify({
      images: [{ id: 1, file_name: 'a.jpg', width: 40, height: 32 }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, segmentation: [[0, 0, 9, 0, 9, 9]] }],
      categories: [{ id: 1, name: 'cat' }],
    });
    put(join(coco, 'annotations/instances_train2017.json'), list);
    const ofCoco = await mcc('data', 'check', 'coco', coco);
    expect([ofCoco.code, ofCoco.out]).toEqual([
      1,
      expect.stringMatching(
        /^train2017: 1 image[\s\S]*^val_part: not checked: COCO: .*instances_val2014\.json or .*instances_val2017\.json not found/m,
      ),
    ]);
    put(join(coco, 'images/val2017/b.jpg'), await jpeg('#456'));
    put(join(coco, 'annotations/instances_val2017.json'), list.replace('a.jpg', 'b.jpg'));
    expect((await mcc('data', 'check', 'coco', coco)).code).toBe(0);
    put(join(coco, 'annotations/instances_train2014.json'), list.slice(0, -9)); // training would take this year
    const damaged = await mcc('data', 'check', 'coco', coco);
    expect([damaged.code, damaged.out]).toEqual([
      1,
      expect.stringMatching(/^train2014: not checked: .*instances_train2014\.json ends at byte \d+/m),
    ]);
  });

  it('says what it expected', async () => {
    expect((await mcc('data', 'check', 'voc', join(folder, 'nowhere'))).err).toBe(`mcc: ${join(folder, 'nowhere')} does not exist\n`);
    expect((await mcc('data', 'check', 'folder', folder, '--labels', 'masks')).err).toContain(
      '--labels: folder has its labels in one place only',
    );
  });
});

describe('mcc data pack', () => {
  it('packs a split, which is then opened in its place', async () => {
    const packed = join(folder, 'packed');
    expect((await mcc('data', 'pack', 'voc', voc, '--out', packed)).err).toContain(`${join(packed, 'train_aug')}: 4 records in 1 shard`);
    const dataset = await openDataset('voc', { root: packed, split: 'train_aug' });
    expect([dataset.name, dataset.split, dataset.length, (await dataset.mask!(0)).width]).toEqual(['VOC', 'train_aug', 4, 40]);
    expect((await mcc('data', 'pack', 'voc', voc, '--out', packed)).err).toContain('train_aug exists already; choose another folder');
  });
});

describe('mcc data masks', () => {
  it('converts RGB masks and refuses to overwrite', async () => {
    const [from, to] = [join(folder, 'rgb'), join(folder, 'labels')];
    mkdirSync(from);
    await sharp(Buffer.from(mask(3)))
      .toColorspace('srgb')
      .png({ palette: false })
      .toFile(join(from, 'a.png'));
    expect((await mcc('data', 'masks', '--from-rgb', from, '--out', to)).err).toContain(`${to}: 1 palette PNG\n`);
    expect(new Set((await readLabelPng(join(to, 'a.png'))).data)).toEqual(new Set([0, 3]));
    expect((await mcc('data', 'masks', '--from-rgb', from, '--out', to)).err).toContain('a.png exists already; choose another --out');
    put(join(folder, 'colors.json'), '[[0, 0, 0, 0], [128, 128, 0, 9]]');
    await mcc('data', 'masks', '--from-rgb', join(from, 'a.png'), '--out', join(folder, 'other'), '--colors', join(folder, 'colors.json'));
    expect(new Set((await readLabelPng(join(folder, 'other/a.png'))).data)).toEqual(new Set([0, 9]));
    put(join(folder, 'colors.json'), '[[0, 0, 0]]');
    const { err, code } = await mcc('data', 'masks', '--from-rgb', from, '--out', to, '--colors', join(folder, 'colors.json'));
    expect([err, code]).toEqual([expect.stringContaining('is no list of [red, green, blue, label]'), 1]);
    expect((await mcc('data', 'masks', '--out', to)).err).toContain('either --from-rgb PATH or --from-16-bit PATH');
  });
});

it('converts masks whose gray values are the labels, in any number of channels', async () => {
  const [from, to] = [join(folder, 'gray'), join(folder, 'of-gray')];
  mkdirSync(from);
  const values = [0, 3, 7, 255];
  const gray = (channels: 1 | 3 | 4) =>
    sharp(Uint8Array.from(values.flatMap(value => (channels === 4 ? [value, value, value, 255] : Array<number>(channels).fill(value)))), {
      raw: { width: 2, height: 2, channels },
    });
  for (const channels of [1, 3, 4] as const)
    await gray(channels)
      .png()
      .toFile(join(from, `${channels}.png`));
  const { err, code } = await mcc('data', 'masks', '--from-gray', from, '--out', to);
  expect([err, code]).toEqual([expect.stringContaining(`${to}: 3 palette PNGs\n`), 0]);
  for (const name of ['1.png', '3.png', '4.png']) expect([...(await readLabelPng(join(to, name))).data]).toEqual(values);
  await sharp(mask(3)).toColorspace('srgb').png({ palette: false }).toFile(join(from, 'colors.png'));
  const refused = await mcc('data', 'masks', '--from-gray', from, '--out', join(folder, 'no-gray'));
  expect([refused.err, refused.code]).toEqual([
    expect.stringContaining('colors.png: color 128, 128, 0 at row 8, column 11 is not gray'),
    1,
  ]);
});

describe('mcc data sbd', () => {
  it('makes SegmentationClassAug', async () => {
    const examples = resolve(import.meta.dirname, '../../../../packages/datasets/src/matlab/examples');
    rmSync(join(voc, 'SegmentationClassAug'), { recursive: true });
    mkdirSync(join(folder, 'sbd/cls'), { recursive: true });
    copyFileSync(join(examples, 'compressed.mat'), join(folder, 'sbd/cls/2007_00.mat'));
    put(join(voc, 'JPEGImages/2007_00.jpg'), await jpeg('#888', 5, 4));
    const { err } = await mcc('data', 'sbd', '--sbd', join(folder, 'sbd'), '--voc', voc);
    expect(err).toContain('1 masks, 1 of SBD and 0 of VOC');
    expect(readdirSync(join(voc, 'SegmentationClassAug'))).toEqual(['2007_00.png']);
    expect((await mcc('data', 'sbd', '--sbd', join(folder, 'sbd'), '--voc', voc)).err).toContain('exists already; it is not overwritten');
  });
});

describe('mcc train with bad data', () => {
  const config = join(folder, 'small.json');
  writeFileSync(config, JSON.stringify({ ...smallRecipe, evaluation: { before: false, batch: 50 } }));
  const train = (out: string, ...more: string[]) =>
    mcc('train', ...(more[0] === 'folder' ? [] : ['voc', '--data', voc]), ...more, '--out', out, '--config', config, '--json');

  it('stops before the first iteration, naming the files, or skips them, lists them and counts them', async () => {
    put(join(voc, 'JPEGImages/2007_01.jpg'), 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n');
    put(join(voc, 'SegmentationClassAug/2007_05.png'), '');
    rmSync(join(voc, 'JPEGImages/2007_02.jpg'));
    const out = join(folder, 'bad-run');
    expect((await train(out)).err).toContain('VOC mask SegmentationClassAug/2007_02.png: image 2007_02.jpg not found');
    put(join(voc, 'JPEGImages/2007_02.jpg'), await jpeg('#333', 1, 1));
    const { err, code } = await train(out);
    expect(code).toBe(1);
    expect(err).toMatch(/3 of 6 records of VOC cannot be used:/);
    for (const reason of [
      '2007_01.jpg: it is a Git LFS pointer',
      '2007_02.jpg: it is 1×1',
      '2007_05.png: the file is empty',
      '--skip-bad goes on',
    ])
      expect(err).toContain(reason);
    expect(existsSync(out)).toBe(false);

    const skipping = await train(out, '--skip-bad');
    expect([skipping.code, skipping.err]).toEqual([
      0,
      expect.stringContaining('3 bad records are skipped (2 of train_aug, 1 of val); see'),
    ]);
    const result = JSON.parse(skipping.out);
    expect(result.skipped).toEqual({ train: 2, val: 1 });
    expect(result.files).toContain('skipped.json');
    expect(result.evaluation.images).toBe(1);
    const listed = JSON.parse(readFileSync(join(out, 'skipped.json'), 'utf8'));
    expect(listed.train.map((record: { id: string }) => record.id)).toEqual(['2007_01', '2007_02']);
    expect(listed.val[0].problems[0]).toContain('2007_05.png: the file is empty');
    const log = readFileSync(join(out, 'log.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line));
    for (const { values } of log.filter(({ kind }) => kind === 'train')) {
      expect(values.dataWait).toBeGreaterThanOrEqual(0);
      expect(values.dataWait).toBeLessThanOrEqual(1);
    }
  });

  it('trains on a folder of your own, without evaluation where there are no masks', async () => {
    const mine = join(folder, 'own');
    for (const name of ['train/cat/a.jpg', 'train/dog/b.jpg', 'val/cat/c.jpg']) put(join(mine, name), await jpeg('#123'));
    const out = join(folder, 'own-run');
    const { err, code } = await train(out, 'folder', '--data', mine);
    expect([code, err]).toEqual([0, expect.stringContaining('folder val has no masks: nothing is evaluated')]);
    expect(existsSync(join(out, 'checkpoint.safetensors'))).toBe(true);
    expect(existsSync(join(out, 'evaluation.json'))).toBe(false);
  });
});
