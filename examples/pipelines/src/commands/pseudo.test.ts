import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readLabelPng } from '@wsss/datasets';
import { inspectPage, withoutChromium } from '@wsss/fixtures';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Journal } from '../evaluation/journal.js';
import { certainLabels, joinLevels } from '../evaluation/pseudo-labels.js';
import { runCommand, smallCheckpoint, smallVoc } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-pseudo-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = join(folder, 'checkpoint.safetensors');
const voc = join(folder, 'voc');
let ids: string[];
beforeAll(async () => {
  await smallCheckpoint(checkpoint);
  ({ ids } = await smallVoc(voc, 8));
});
const mcc = (...args: string[]) => runCommand(['pseudo', 'voc', '--data', voc, '--split', 'val', '--checkpoint', checkpoint, ...args]);
const labels = async (out: string) => Promise.all(ids.map(async id => [...(await readLabelPng(join(out, 'labels', `${id}.png`))).data]));

it('joins what two backgrounds leave, and is as certain as it is told', () => {
  expect([...joinLevels([0, 0, 1, 2], [0, 1, 1, 2], [4, 19])]).toEqual([0, 255, 5, 20]);
  const probabilities = certainLabels([0, 2], 3);
  [0.7, 0.15, 0.15, 0.15, 0.15, 0.7].forEach((value, i) => {
    expect(probabilities[i]).toBeCloseTo(value, 6);
  });
});

it.each(['none', 'par', 'crf', 'par+crf'])('writes label maps of the true classes alone, refined by %s', async refine => {
  const out = join(folder, refine);
  const before = tf.memory().numTensors;
  const { out: json, code } = await mcc('--refine', refine, '--out', out, '--json', '--low', '0.3', '--high', '0.6');
  expect(code).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
  const found = JSON.parse(json);
  expect(found).toMatchObject({ images: 8, low: 0.3, high: 0.6, head: 'main', split: 'val' });
  expect([found.par !== null, found.crf !== null]).toEqual([refine.startsWith('par'), refine.endsWith('crf')]);
  expect(found.decided.pseudo).toBeGreaterThan(0);
  expect(found.decided.pseudo).toBeLessThanOrEqual(1);
  const maps = await labels(out);
  expect(maps.map(map => map.length)).toEqual(ids.map((_, i) => (i % 2 ? 40 * 33 : 36 * 48)));
  maps.forEach((map, i) => {
    expect([0, 1 + i, 255]).toEqual(expect.arrayContaining([...new Set(map)]));
  });
  if (refine === 'none') expect(found.pseudo).toEqual(found.unrefined);
  expect(readdirSync(out).sort()).toEqual(['index.html', 'labels', 'scores.json']);
});

it('decides every pixel where both thresholds are one', async () => {
  const { out: text } = await mcc('--refine', 'none', '--low', '0.4', '--high', '0.4', '--out', join(folder, 'one'));
  expect(text).toMatch(/mIoU of the decided pixels [\d.]+ \(100\.0 % of all\)/);
  expect(text).toMatch(/Class +Pseudo labels +unrefined/);
  expect((await labels(join(folder, 'one'))).flat()).not.toContain(255);
});

it('goes on after an interruption and writes the same', async () => {
  const out = join(folder, 'halves');
  const { append } = Journal.prototype;
  const spy = vi.spyOn(Journal.prototype, 'append').mockImplementation(async function (this: Journal<unknown>, entry) {
    await append.call(this, entry);
    process.emit('SIGINT');
    spy.mockRestore();
  });
  const options = ['--refine', 'par', '--low', '0.3', '--high', '0.6', '--show', '0', '--out', out];
  expect(await mcc(...options)).toMatchObject({ code: 130, out: '', err: expect.stringMatching(/Interrupted after [1-7] of 8 images/) });
  expect(await mcc(...options)).toMatchObject({ code: 0, err: expect.stringMatching(/Going on after [1-7] of 8 images/) });
  expect(await labels(out)).toEqual(await labels(join(folder, 'par')));
  expect(JSON.parse(readFileSync(join(out, 'scores.json'), 'utf8'))).toEqual(
    JSON.parse(readFileSync(join(folder, 'par', 'scores.json'), 'utf8')),
  );
});

it.skipIf(withoutChromium)(`makes a page that is in order${withoutChromium}`, async () => {
  for (const seen of await inspectPage(join(folder, 'par+crf', 'index.html'))) {
    expect(seen).toMatchObject({ errors: [], requests: [], brokenImages: [], emptyCharts: [], overflowing: [], images: 32 });
    expect(seen.text).toMatch(/background up to 0\.3, classes from 0\.6 · PAR, 2 iterations · CRF σxy 3 weight 3, σxy 50 σrgb 5 weight 10/);
  }
});

it('refuses thresholds that contradict each other', async () => {
  const { err, code } = await mcc('--low', '0.9', '--out', join(folder, 'never'));
  expect(err).toMatch(/--low 0\.9 is above --high 0\.7/);
  expect(code).toBe(1);
});
