import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readLabelPng } from '../images/read-label-png.js';
import { encodePalettePng } from '../images/write-palette-png.js';
import { makeSegmentationClassAug, readSbdSegmentation } from './sbd.js';
import { openVoc } from './voc.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-sbd-'));
afterAll(() => rmSync(folder, { recursive: true }));
const example = (name: string) => join(import.meta.dirname, '../matlab/examples', `${name}.mat`);
const [sbd, voc] = [join(folder, 'release'), join(folder, 'VOC2012')];
const aug = join(voc, 'SegmentationClassAug');
const jpeg = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#888' } })
    .jpeg()
    .toBuffer();
const rows = [0, 0, 1, 1, 20, 0, 15, 15, 1, 255, 0, 0, 0, 0, 0, 7, 7, 7, 0, 0];

beforeEach(async () => {
  rmSync(sbd, { recursive: true, force: true });
  rmSync(voc, { recursive: true, force: true });
  for (const path of ['SegmentationClass', 'JPEGImages', 'ImageSets/Segmentation']) mkdirSync(join(voc, path), { recursive: true });
  mkdirSync(join(sbd, 'dataset/cls'), { recursive: true });
  // 2008_01 is in both, 2008_02 in SBD alone, 2007_03 in VOC alone
  for (const id of ['2008_01', '2008_02', '2007_03']) writeFileSync(join(voc, 'JPEGImages', `${id}.jpg`), await jpeg(5, 4));
  for (const id of ['2008_01', '2007_03'])
    writeFileSync(join(voc, 'SegmentationClass', `${id}.png`), encodePalettePng({ width: 5, height: 4, data: new Uint8Array(20).fill(3) }));
  for (const id of ['2008_01', '2008_02']) copyFileSync(example('compressed'), join(sbd, 'dataset/cls', `${id}.mat`));
  writeFileSync(join(voc, 'ImageSets/Segmentation/val.txt'), '2007_03\n');
});

describe('readSbdSegmentation', () => {
  it.each(['compressed', 'plain', 'double'])('turns columns into rows (%s)', async name => {
    expect(await readSbdSegmentation(example(name))).toEqual({ width: 5, height: 4, data: Uint8Array.from(rows) });
  });

  it('names the file and what is wrong', async () => {
    await expect(readSbdSegmentation(example('noseg'))).rejects.toThrow(
      /cannot read SBD file .*noseg\.mat: it holds no matrix GTcls\.Segmentation/,
    );
    await expect(readSbdSegmentation(example('other'))).rejects.toThrow('GTcls.Segmentation');
    await expect(readSbdSegmentation(join(folder, 'no.mat'))).rejects.toThrow('the file does not exist');
    const bytes = readFileSync(example('plain'));
    bytes[bytes.indexOf(255, 200)] = 99;
    writeFileSync(join(folder, 'odd.mat'), bytes);
    await expect(readSbdSegmentation(join(folder, 'odd.mat'))).rejects.toThrow('label 99 is out of range: expected 0 to 20, or 255');
  });
});

describe('makeSegmentationClassAug', () => {
  it('takes the masks of SBD, and those of VOC where both have one', async () => {
    const calls: number[] = [];
    const made = await makeSegmentationClassAug({ sbd, voc, onProgress: done => calls.push(done) });
    expect(made).toEqual({ folder: aug, sbd: 1, voc: 2 });
    expect(calls).toEqual([1, 2, 3]);
    expect(readdirSync(voc).sort()).toEqual(['ImageSets', 'JPEGImages', 'SegmentationClass', 'SegmentationClassAug']);
    expect(readdirSync(aug)).toEqual(['2007_03.png', '2008_01.png', '2008_02.png']);
    expect([...(await readLabelPng(join(aug, '2008_02.png'))).data]).toEqual(rows);
    expect(readFileSync(join(aug, '2008_01.png'))).toEqual(readFileSync(join(voc, 'SegmentationClass/2008_01.png')));
    expect((await openVoc({ root: voc, split: 'train_aug' })).length).toBe(2);
  });

  it('refuses to overwrite', async () => {
    mkdirSync(aug);
    await expect(makeSegmentationClassAug({ sbd, voc })).rejects.toThrow(`${aug} exists already; it is not overwritten`);
  });

  it('goes on after an interruption or an error, and shows nothing unfinished', async () => {
    expect(await makeSegmentationClassAug({ sbd, voc, signal: AbortSignal.abort() })).toBeUndefined();
    expect(existsSync(aug)).toBe(false);
    writeFileSync(`${aug}.unfinished/2008_02.png.9.tmp`, 'half');
    writeFileSync(join(voc, 'JPEGImages/2008_02.jpg'), await jpeg(4, 5));
    await expect(makeSegmentationClassAug({ sbd, voc })).rejects.toThrow(
      'SBD mask 2008_02.mat is 5×4, image 2008_02.jpg 4×5; they must be equal',
    );
    writeFileSync(join(voc, 'JPEGImages/2008_02.jpg'), await jpeg(5, 4));
    expect(await makeSegmentationClassAug({ sbd, voc })).toMatchObject({ sbd: 1, voc: 2 });
    expect(readdirSync(aug)).toEqual(['2007_03.png', '2008_01.png', '2008_02.png']);
  });

  it('takes no unfinished folder that it did not make, and follows no link out', async () => {
    const unfinished = `${aug}.unfinished`;
    mkdirSync(unfinished);
    writeFileSync(join(unfinished, '2008_02.png'), 'of theirs');
    await expect(makeSegmentationClassAug({ sbd, voc })).rejects.toThrow('unfinished is there and was not made by this program');
    expect(readFileSync(join(unfinished, '2008_02.png'), 'utf8')).toBe('of theirs');
    rmSync(unfinished, { recursive: true });
    const elsewhere = mkdtempSync(join(folder, 'elsewhere-'));
    symlinkSync(elsewhere, unfinished);
    await expect(makeSegmentationClassAug({ sbd, voc })).rejects.toThrow('is a symbolic link that leads out of');
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('says what it expected', async () => {
    await expect(makeSegmentationClassAug({ sbd: folder, voc })).rejects.toThrow(
      'has no dataset/cls; expected the unpacked benchmark release',
    );
    rmSync(join(sbd, 'dataset/cls/2008_02.mat'));
    await expect(makeSegmentationClassAug({ sbd, voc })).rejects.toThrow('has no .mat file that VOC has no mask for');
  });
});
