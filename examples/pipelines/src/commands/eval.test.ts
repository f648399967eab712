import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { readLabelPng } from '@wsss/datasets';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Journal } from '../evaluation/journal.js';
import { runCommand, smallCheckpoint, smallVoc } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-eval-'));
afterAll(() => rmSync(folder, { recursive: true }));
const checkpoint = join(folder, 'run', 'checkpoint.safetensors');
const voc = join(folder, 'VOC2012');
let ids: string[];
beforeAll(async () => {
  await smallCheckpoint(checkpoint);
  ({ ids } = await smallVoc(voc, 9));
});

const mcc = (...args: string[]) => runCommand(['eval', 'voc', '--data', voc, '--checkpoint', checkpoint, ...args]);

/** Runs until a number of images are done, as after Ctrl-C. */
async function interruptedAfter(images: number, ...args: string[]) {
  const { append } = Journal.prototype;
  let done = 0;
  const spy = vi.spyOn(Journal.prototype, 'append').mockImplementation(async function (this: Journal<unknown>, entry) {
    await append.call(this, entry);
    if (++done === images) process.emit('SIGINT');
  });
  try {
    return await mcc(...args);
  } finally {
    spy.mockRestore();
  }
}

describe.each([
  ['the final protocol', ['--final', '--crf']],
  ['the protocol of training', ['--crf']],
])('%s', (_, protocol) => {
  it('gives the same when it is interrupted and started again, and leaves the result alone', async () => {
    const out = join(folder, `whole${protocol.length}`);
    const before = tf.memory().numTensors;
    const whole = await mcc(...protocol, '--json', '--out', out);
    expect(tf.memory().numTensors).toBe(before);
    expect(readdirSync(out)).toEqual(['scores.json']);

    const parts = join(folder, `parts${protocol.length}`);
    const first = await interruptedAfter(2, ...protocol, '--json', '--out', parts);
    expect(first).toMatchObject({ code: 130, out: '', err: expect.stringMatching(/Interrupted after [2-8] of 9 images/) });
    expect(readdirSync(parts)).toEqual(['progress.jsonl']);
    const second = await mcc(...protocol, '--json', '--out', parts);
    expect(second).toMatchObject({ code: 0, err: expect.stringMatching(/Going on after [2-8] of 9 images/) });
    expect(JSON.parse(second.out)).toEqual(JSON.parse(whole.out));
    expect(readdirSync(parts)).toEqual(['scores.json']);
    expect(JSON.parse(readFileSync(join(parts, 'scores.json'), 'utf8'))).toEqual(JSON.parse(whole.out));
  });

  it('says what every score is of', async () => {
    const scores = JSON.parse(readFileSync(join(folder, `whole${protocol.length}`, 'scores.json'), 'utf8'));
    expect(scores).toMatchObject({
      ...{
        dataset: 'VOC',
        split: 'val',
        images: 9,
        iteration: 4,
        seed: 0,
        variant: 'fixed',
        checkpoint: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      crf: { bilateral: { sigmaXy: 121, sigmaRgb: 5, compatibility: 4 }, iterations: 10, phantomPoints: false },
      protocol: protocol.includes('--final')
        ? { size: null, scales: [1, 1.5, 1.25], mirror: 'sum', across: 'max' }
        : { size: 32, scales: [1], mirror: 'none', across: 'max' },
    });
    const pixels = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
    expect(pixels(scores.confusion.segmentationCrf.counts)).toBe(5 * 48 * 34 + 4 * 33 * 38);
    expect('cam' in scores).toBe(!protocol.includes('--final'));
  });
});

it('prints a table that says so too, and keeps the result beside the checkpoint', async () => {
  const { out, err } = await mcc('--mean-over', 'cat,dog');
  expect(out).toMatch(/Class +Segmentation +CAM +Auxiliary CAM/);
  expect(out).toMatch(/subset\.segmentation .* · subset\.cam/);
  expect(out).toMatch(/VOC val, 9 images · 32², scale 1, no mirror image · CAM scales 1 \(sum\), mirror image \(maximum\) · no CRF · /);
  expect(out).toMatch(/after 4 iterations, variant fixed, seed 0, checkpoint [0-9a-f]{12}/);
  expect(err).toMatch(/Written to .*run.eval.voc-val.scores\.json/);
});

it('begins anew when the checkpoint is another one', async () => {
  const out = join(folder, 'anew');
  await interruptedAfter(1, '--final', '--scales', '1', '--out', out);
  const { err, code } = await mcc('--final', '--scales', '1,0.5', '--out', out);
  expect(err).toMatch(/progress\.jsonl is of other settings \(protocol\); beginning anew/);
  expect(code).toBe(0);
});

const testSplit = ['--final', '--crf', '--split', 'test'];
it('packs label PNGs of a split without masks for the VOC server, also after an interruption', async () => {
  const out = join(folder, 'test');
  await interruptedAfter(2, ...testSplit, '--out', out);
  const { out: text, code } = await mcc(...testSplit, '--out', out);
  expect(code).toBe(0);
  expect(text).toMatch(
    /results\.tgz: VOC test, 9 images · at most 36 pixels a side, scales 1, 1\.5, 1\.25 \(maximum\), mirror image \(sum\) · CRF/,
  );
  expect(readdirSync(out)).toEqual(['results', 'results.tgz', 'submission.json']);
  const listed = execFileSync('tar', ['-tzf', join(out, 'results.tgz')], { encoding: 'utf8' });
  expect(listed.trim().split('\n')).toEqual(ids.map(id => `results/VOC2012/Segmentation/comp6_test_cls/${id}.png`));
  const labels = await readLabelPng(join(out, 'results/VOC2012/Segmentation/comp6_test_cls', `${ids[0]}.png`));
  expect([labels.width, labels.height]).toEqual([36, 48]);
  expect(Math.max(...labels.data)).toBeLessThanOrEqual(20);
});

describe('bad input ends with one line that says what to do', () => {
  const refuses = async (args: string[], message: RegExp) => {
    const { err, code } = await mcc(...args);
    expect(err).toMatch(message);
    expect(code).toBe(1);
  };
  const file = (name: string) => join(folder, name);

  it('sizes that the protocol does not have', async () => {
    await refuses(['--max-side', '64'], /--max-side 64: images are resized to squares of 32² here; leave it out/);
    await refuses(['--final', '--size', '64'], /--size 64: images keep their shape here; choose --max-side instead/);
  });

  it('checkpoints', async () => {
    const bytes = readFileSync(checkpoint);
    writeFileSync(file('cut.safetensors'), bytes.subarray(0, bytes.length >> 1));
    await refuses(['--checkpoint', file('cut.safetensors')], /cut\.safetensors.*truncated/);
    // A checkpoint whose recipe speaks of a deeper encoder than its tensors make.
    const deeper = Buffer.from(bytes.toString('latin1').replace('\\"depth\\":4', '\\"depth\\":5'), 'latin1');
    writeFileSync(file('deeper.safetensors'), deeper);
    await refuses(['--checkpoint', file('deeper.safetensors')], /deeper\.safetensors does not fit the model: .*missing.*blocks\.4/);
    await smallCheckpoint(file('shapes.safetensors'), { dataset: 'shapes', classes: ['disc', 'ring'] });
    await refuses(
      ['--checkpoint', file('shapes.safetensors')],
      /trained on the 2 classes of shapes \(disc, ring\), but VOC has 20 \(aeroplane, bicycle, bird, …\); use a checkpoint of this data set/,
    );
  });

  it('options', async () => {
    await refuses(['--scales', '1'], /--scales belongs to --final/);
  });

  it('a folder that is none, and one that cannot be written', async () => {
    writeFileSync(file('plain'), '');
    await refuses(['--out', join(file('plain'), 'x')], /--out: nothing can be written to .*plain/);
    if (process.getuid?.() === 0) return; // root may write everywhere
    mkdirSync(file('locked'));
    chmodSync(file('locked'), 0o500);
    await refuses(['--out', join(file('locked'), 'x')], /its folder is not writable; choose another --out/);
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk', async () => {
    mkdirSync(file('full'));
    symlinkSync('/dev/full', join(file('full'), 'progress.jsonl'));
    await refuses(['--out', file('full')], /the disk is full; make room and start the same command again, it goes on from here/);
  });

  it('a damaged image: named, and what was done before it is kept', async () => {
    const picture = join(voc, 'JPEGImages', `${ids[8]}.jpg`);
    const bytes = readFileSync(picture);
    const out = file('damaged');
    try {
      writeFileSync(picture, bytes.subarray(0, bytes.length >> 1));
      await refuses(['--final', '--out', out], /2007_000008\.jpg/);
    } finally {
      writeFileSync(picture, bytes);
    }
    expect((await mcc('--final', '--out', out)).err).toMatch(/Going on after 8 of 9 images/);
  });
});
