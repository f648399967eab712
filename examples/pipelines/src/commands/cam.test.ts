import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { inspectPage, withoutChromium } from '@wsss/fixtures';
import { parseNpy, parseSafetensors } from '@wsss/weights';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand, smallCheckpoint, smallVoc } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-cam-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = join(folder, 'checkpoint.safetensors');
const voc = join(folder, 'voc');
const out = join(folder, 'out');
const mcc = (command: string, ...args: string[]) => runCommand([command, 'voc', '--data', voc, '--checkpoint', checkpoint, ...args]);
beforeAll(async () => {
  await smallCheckpoint(checkpoint);
  await smallVoc(voc, 3);
});

it('scores both heads as mcc eval does, at every threshold', async () => {
  const before = tf.memory().numTensors;
  const { out: json, code } = await mcc('cam', '--out', out, '--arrays', 'npy', '--json');
  expect(code).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
  const found = JSON.parse(json);
  expect(found).toMatchObject({ images: 3, split: 'val', size: 32, scales: [1], background: 0.3, variant: 'fixed', iteration: 4 });
  const evaluated = JSON.parse((await mcc('eval', '--json')).out);
  expect(found.cam).toEqual(evaluated.cam);
  expect(found.auxiliaryCam).toEqual(evaluated.auxiliaryCam);
  expect(found.thresholds).toHaveLength(19);
  const best = Math.max(...found.thresholds.map(({ main }: { main: number }) => main));
  expect(found.best.main.main).toBe(best);
  expect(readdirSync(out).sort()).toEqual(['arrays', 'index.html', 'overlays', 'scores.json']);
  expect(readdirSync(join(out, 'overlays'))).toContain('2007_000001-bicycle-auxiliary.jpg');
});

it('saves the maps at the size of the pictures, in either format', async () => {
  const npy = (what: string) => parseNpy(readFileSync(join(out, 'arrays', `2007_000001.${what}.npy`)));
  expect(npy('cam').shape).toEqual([33, 40, 1]);
  expect(npy('classes')).toEqual({ shape: [1], data: Int32Array.of(2) });
  const other = join(folder, 'safetensors');
  await mcc('cam', '--out', other, '--arrays', 'safetensors', '--show', '1');
  const { tensors, metadata } = parseSafetensors(readFileSync(join(other, 'arrays', '2007_000001.safetensors')));
  expect(metadata).toEqual({ classes: 'bicycle' });
  tensors.get('auxiliary')!.data.forEach((value, i) => {
    expect(value).toBeCloseTo(npy('auxiliary').data[i]!, 3);
  });
});

it.skipIf(withoutChromium)(`makes a page that is in order${withoutChromium}`, async () => {
  for (const seen of await inspectPage(join(out, 'index.html'))) {
    expect(seen).toMatchObject({ errors: [], requests: [], brokenImages: [], emptyCharts: [], overflowing: [], images: 15, charts: 1 });
    expect(seen.text).toMatch(/VOC val, 3 images · 32², CAM scales 1 \(sum\), mirror image \(maximum\) · no CRF/);
  }
});

it('refuses a split without labels', async () => {
  const { err, code } = await mcc('cam', '--split', 'test', '--out', join(folder, 'never'));
  expect(err).toMatch(/VOC test has no labels/);
  expect(code).toBe(1);
});
