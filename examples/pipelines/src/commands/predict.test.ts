import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readLabelPng, readPictureSize } from '@wsss/datasets';
import { inspectPage, type PageView, withoutChromium } from '@wsss/fixtures';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PredictedPicture } from '../inference/predict.js';
import { runCommand, smallCheckpoint, smallVoc } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-predict-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = join(folder, 'checkpoint.safetensors');
const photos = join(folder, 'photos');
const out = join(folder, 'out');
const mcc = (...args: string[]) => runCommand(['predict', '--checkpoint', checkpoint, ...args]);

beforeAll(async () => {
  await smallCheckpoint(checkpoint);
  const { root, ids } = await smallVoc(join(folder, 'voc'), 2);
  mkdirSync(join(photos, 'deep'), { recursive: true });
  const source = (i: number) => join(root, 'JPEGImages', `${ids[i]}.jpg`);
  copyFileSync(source(0), join(photos, 'a.jpg'));
  copyFileSync(source(1), join(photos, 'deep', 'b.jpg'));
  writeFileSync(join(photos, 'broken.jpg'), readFileSync(source(0)).subarray(0, 300));
  await sharp(source(0)).withMetadata({ orientation: 6 }).resize(100, 60, { fit: 'fill' }).toFile(join(photos, 'turned.jpg'));
  await sharp(source(0)).resize(3, 2).toFile(join(photos, 'tiny.png'));
});

describe('mcc predict', () => {
  it('segments all that can be read, reports what cannot, and ends with exit code 2', async () => {
    const before = tf.memory().numTensors;
    const { err, out: json, code } = await mcc(photos, '--out', out, '--cam', '--confidence', '--crf', '--json');
    expect(code).toBe(2);
    expect(err).toMatch(/cannot read image .*broken\.jpg: .*truncated/);
    expect(err).toMatch(/4 of 5 pictures segmented, 1 could not be read\. Look at .*index\.html/);
    const { pictures, failures, classes, checkpoint: hash, protocol, crf } = JSON.parse(json);
    expect(pictures.map(({ name }: { name: string }) => name)).toEqual(['a', 'deep/b', 'tiny', 'turned']);
    expect(failures).toMatchObject([{ name: 'broken' }]);
    expect([classes.length, classes[0], protocol.scales, crf.iterations]).toEqual([21, 'background', [1], 10]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse(readFileSync(join(out, 'predictions.json'), 'utf8'))).toEqual(JSON.parse(json));
    for (const { files } of pictures) for (const file of files) expect(existsSync(join(out, file))).toBe(true);
    expect(readdirSync(out).sort()).toEqual(['cams', 'confidence', 'index.html', 'labels', 'overlays', 'predictions.json']);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('writes label maps of the size of the pictures, photographs upright', async () => {
    for (const name of ['a.jpg', 'deep/b.jpg', 'turned.jpg', 'tiny.png']) {
      const { width, height, data } = await readLabelPng(join(out, 'labels', name.replace(/\.\w+$/, '.png')));
      expect(await readPictureSize(join(photos, name))).toMatchObject({ width, height });
      expect(Math.max(...data)).toBeLessThanOrEqual(20);
    }
    expect(await readPictureSize(join(out, 'overlays', 'turned.jpg'))).toMatchObject({ width: 60, height: 100 });
    expect(await readPictureSize(join(out, 'confidence', 'a.png'))).toMatchObject({ width: 36, height: 48 });
  });

  it.skipIf(withoutChromium)(`makes a page that is in order and can be narrowed to a class${withoutChromium}`, async () => {
    const inOrder = { errors: [], requests: [], brokenImages: [], emptyCharts: [], overflowing: [] };
    const seen = await inspectPage(join(out, 'index.html'));
    for (const view of seen) {
      expect(view).toMatchObject(inOrder);
      expect(view.images).toBeGreaterThanOrEqual(12);
      expect(view.text).toMatch(/4 pictures segmented.*Could not be read.*broken.*deep\/b/s);
    }
    let shown = -1;
    const press: PageView['act'] = async page => {
      await page.locator('.filter button').first().click();
      shown = await page.locator('.sheet article:visible').count();
    };
    await inspectPage(join(out, 'index.html'), [{ width: 1000, act: press }]);
    const { pictures } = JSON.parse(readFileSync(join(out, 'predictions.json'), 'utf8')) as { pictures: PredictedPicture[] };
    const first = Math.min(...pictures.flatMap(({ found }) => found.map(({ index }) => index)));
    expect(shown).toBe(pictures.filter(({ found }) => found.some(({ index }) => index === first)).length);
  });

  it('takes single files, several scales, and reports 0 where all went well', async () => {
    const { code, out: json } = await mcc(join(photos, 'a.jpg'), '--final', '--scales', '1,0.5', '--out', join(folder, 'final'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(json).protocol).toEqual({ size: null, maxSide: 36, scales: [1, 0.5], mirror: 'sum', across: 'max' });
    expect(readdirSync(join(folder, 'final'))).toEqual(['index.html', 'labels', 'overlays', 'predictions.json']);
  });

  it('refuses what cannot work before anything is computed', async () => {
    const refuses = async (args: string[], message: RegExp) => {
      const { err, code } = await mcc(...args);
      expect(err).toMatch(message);
      expect(code).toBe(1);
    };
    await refuses([join(folder, 'nowhere'), '--out', out], /nowhere does not exist; give image files, or folders/);
    writeFileSync(join(folder, 'plain'), '');
    await refuses([photos, '--out', join(folder, 'plain')], /--out: nothing can be written to .*plain: there is a file of that name/);
    writeFileSync(join(folder, 'other.safetensors'), 'nonsense');
    await refuses([photos, '--out', out, '--checkpoint', join(folder, 'other.safetensors')], /other\.safetensors/);
    if (!existsSync('/dev/full')) return;
    // A full disk, met by a page that cannot be written: nothing half-written stays behind.
    mkdirSync(join(folder, 'full'));
    symlinkSync('/dev/full', join(folder, 'full', 'labels'));
    await refuses([join(photos, 'a.jpg'), '--out', join(folder, 'full')], /labels/);
    expect(readdirSync(join(folder, 'full'))).toEqual(['labels']);
  });
});
