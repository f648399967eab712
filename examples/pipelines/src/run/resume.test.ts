import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadCheckpoint } from '@wsss/train';
import { serializeSafetensors } from '@wsss/weights';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createNetwork } from '../network/create.js';
import { overlay } from '../recipes/check-recipe.js';
import { shapes } from '../recipes/shapes.js';
import { runCommand, smallRecipe } from '../test/command.js';

/** Called before every micro-batch with their number since the beginning of the run in this process; what it gives multiplies the image. */
const onMicroBatch = vi.hoisted(() => ({ call: (_count: number): number => 1, count: 0 }));
vi.mock('../training/prepare-batch.js', async original => {
  const module = await original<typeof import('../training/prepare-batch.js')>();
  const { prepareBatch } = module;
  return {
    ...module,
    prepareBatch: (...args: Parameters<typeof prepareBatch>) => {
      const factor = onMicroBatch.call(++onMicroBatch.count);
      const batch = prepareBatch(...args);
      if (factor === 1) return batch;
      const { view1 } = batch;
      batch.view1 = tf.mul(view1, factor);
      view1.dispose();
      return batch;
    },
  };
});

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 }); // whole runs, possibly beside other programs

const folder = mkdtempSync(join(tmpdir(), 'wsss-resuming-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string, ...path: string[]) => join(folder, name, ...path);

/** Five iterations of two micro-batches; a log record every two, a checkpoint every three, evaluations after three and five. */
const config = join(folder, 'config.json');
const settings = {
  ...smallRecipe,
  iterations: 5,
  schedule: { ...smallRecipe.schedule, segmentationAfter: 1, mainCamForMasksAfter: 3 },
  accumulate: 2,
  evaluation: { before: false, batch: 50, every: 3 },
  log: { every: 2, checkpointEvery: 3 },
};
writeFileSync(config, JSON.stringify(settings));

async function train(name: string, ...more: string[]) {
  onMicroBatch.count = 0;
  return runCommand(['train', 'shapes', '--out', at(name), '--config', config, ...more]);
}

/** Sends a signal while a micro-batch is worked on. */
async function trainUntil(name: string, microBatch: number, signal: NodeJS.Signals = 'SIGINT', ...more: string[]) {
  onMicroBatch.call = count => {
    if (count === microBatch) process.emit(signal, signal);
    return 1;
  };
  const result = await train(name, ...more);
  onMicroBatch.call = () => 1;
  return result;
}

/** Everything that was learnt: parameters, teacher, optimizer. */
async function stateOf(name: string, file = 'checkpoint.safetensors') {
  return (await loadCheckpoint(at(name, file))).tensors;
}

/** The log without what may differ from run to run. */
function logOf(name: string): unknown[] {
  return readFileSync(at(name, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => {
      const { kind, step, values } = JSON.parse(line);
      const { tensors, resident, dataWait, ...rest } = values;
      return { kind, step, ...rest };
    });
}

const checkpoint = (name: string, iteration: number, extension = 'safetensors') =>
  at(name, 'checkpoints', `iteration-${String(iteration).padStart(8, '0')}.${extension}`);

beforeAll(async () => {
  expect((await train('whole')).code).toBe(0);
});

async function expectSameAsWhole(name: string): Promise<void> {
  expect(await stateOf(name)).toEqual(await stateOf('whole'));
  expect(logOf(name)).toEqual(logOf('whole'));
}

describe('a run that goes on', () => {
  it('has the bits and the log of one that was never stopped, though it was stopped twice between micro-batches', async () => {
    const first = await trainUntil('stopped', 3, 'SIGINT'); // the first micro-batch of the second iteration, which is finished
    expect(first).toMatchObject({ code: 130, err: expect.stringContaining('Interrupted after 2 iterations') });
    const second = await trainUntil('stopped', 1, 'SIGTERM', '--resume');
    expect(second.err).toContain(`Going on after 2 iterations, from ${checkpoint('stopped', 2)}`);
    expect(second).toMatchObject({ code: 143, err: expect.stringContaining('Interrupted after 3 iterations') });
    const last = await train('stopped', '--resume');
    expect(last).toMatchObject({ code: 0, err: expect.stringContaining('evaluate after 3 iterations') }); // the signal had prevented it
    await expectSameAsWhole('stopped');
  });

  it('has the same bits when it ended at once between two micro-batches of an iteration, which begins again', async () => {
    onMicroBatch.call = count => {
      if (count === 8) throw new Error('the power is gone');
      return 1;
    };
    const { code, err } = await train('cut');
    onMicroBatch.call = () => 1;
    expect([code, err]).toEqual([1, expect.stringContaining('the power is gone')]);
    expect(existsSync(checkpoint('cut', 4))).toBe(false);
    expect((await train('cut', '--resume')).err).toContain(`Going on after 3 iterations, from ${checkpoint('cut', 3)}`);
    await expectSameAsWhole('cut');
  });

  it('has the same bits with all that a run can carry: a slow teacher, and thresholds fitted to recent images', async () => {
    const carrying = join(folder, 'carrying.json');
    const schedule = { classificationUntil: -1, segmentationAfter: -1 };
    const carried = { cam: { ...settings.cam, mixtureOf: 2 }, slowTeacher: { momentum: 0.5, certainty: 0 } };
    writeFileSync(carrying, JSON.stringify({ ...settings, ...carried, schedule }));
    const options = ['--config', carrying];
    expect(await train('carried', ...options)).toMatchObject({ code: 0 });
    expect((await trainUntil('carried-stopped', 5, 'SIGINT', ...options)).code).toBe(130);
    expect((await train('carried-stopped', '--resume', ...options)).code).toBe(0);
    const state = await stateOf('carried');
    expect(await stateOf('carried-stopped')).toEqual(state);
    expect(logOf('carried-stopped')).toEqual(logOf('carried'));
    expect([...state.keys()]).toEqual(
      expect.arrayContaining(['slow_teacher.moves', 'thresholds.counts', 'slow_teacher.decoder.conv6.weight']),
    );
    expect(state.get('decoder.conv6.weight')).not.toEqual((await stateOf('whole')).get('decoder.conv6.weight'));
  });

  it('evaluates and reports when it was stopped in its last iteration', async () => {
    expect(await trainUntil('ended', 10)).toMatchObject({ code: 130, err: expect.stringContaining('Interrupted after 5 iterations') });
    expect(existsSync(at('ended', 'report.html'))).toBe(false);
    expect((await train('ended', '--resume')).code).toBe(0);
    expect(existsSync(at('ended', 'report.html'))).toBe(true);
    await expectSameAsWhole('ended');
  });

  it('begins where there is nothing yet, and repeats what was logged but not saved', async () => {
    mkdirSync(at('new'));
    writeFileSync(at('new', 'log.jsonl'), `${JSON.stringify({ time: '', kind: 'train', step: 2, values: {} })}\n{"time":"20`);
    const { err, code } = await train('new', '--resume');
    expect([code, err]).toEqual([0, expect.stringContaining(`There is no checkpoint in ${at('new')}: starting from the beginning`)]);
    await expectSameAsWhole('new');
  });

  it('begins where it was killed while its first checkpoint was written', async () => {
    for (const [name, left] of [
      ['before its rename', 'iteration-00000003.safetensors.77-0.tmp'],
      ['before its manifest', 'iteration-00000003.safetensors'],
    ] as const) {
      mkdirSync(at(name, 'checkpoints'), { recursive: true });
      writeFileSync(at(name, 'checkpoints', left), 'the beginning of it');
      writeFileSync(at(name, 'log.jsonl'), '');
      const { err, code } = await train(name, '--resume');
      expect([code, err]).toEqual([0, expect.stringContaining(`There is no checkpoint in ${at(name)}: starting from the beginning`)]);
      expect(readdirSync(at(name, 'checkpoints'))).toEqual(readdirSync(at('whole', 'checkpoints')));
      await expectSameAsWhole(name);
    }
  });

  it('goes back to the newest whole checkpoint, says so, and reaches the same end', async () => {
    await trainUntil('damaged', 8);
    truncateSync(checkpoint('damaged', 4), 3000);
    const evaluated = await runCommand(['eval', 'shapes', '--checkpoint', at('damaged'), '--json']);
    expect(evaluated.err).toMatch(
      /Not usable: .*iteration-00000004\.safetensors .*truncated.*\nUsing .*iteration-00000003\.safetensors, after 3 iterations/,
    );
    expect(JSON.parse(evaluated.out).iteration).toBe(3);
    const { err } = await train('damaged', '--resume');
    expect(err).toMatch(/Not usable: .*iteration-00000004\.safetensors/);
    expect(err).toContain('Going on after 3 iterations');
    expect(err).not.toContain('evaluate after 3'); // that was done, and noted
    await expectSameAsWhole('damaged');
  });

  it('does not start over silently when all checkpoints are damaged, and never evaluates other bytes than were saved', async () => {
    await trainUntil('lost', 2);
    const bytes = readFileSync(checkpoint('lost', 1));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(checkpoint('lost', 1), bytes);
    const message = /no checkpoint in .* can be read: .*is damaged: its SHA-256 is .* Restore one, or start a new run/;
    expect(await train('lost', '--resume')).toMatchObject({ code: 1, err: expect.stringMatching(message) });
    const evaluated = await runCommand(['eval', 'shapes', '--checkpoint', at('lost', 'checkpoint.safetensors')]);
    expect(evaluated).toMatchObject({ code: 1, err: expect.stringMatching(/is damaged: its SHA-256/) });
  });

  it('refuses other data or settings, unless they are welcome', async () => {
    await trainUntil('changed', 2);
    expect(await train('changed', '--resume', '--batch', '4')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/batch of the recipe differ from .*--accept-changes/),
    });
    expect(await train('changed', '--resume', '--train-split', 'val')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/4096 images of train, here are 100 of val/),
    });
    const changed = await train('changed', '--resume', '--batch', '4', '--accept-changes');
    expect([changed.code, changed.err]).toEqual([0, expect.stringContaining('From here on with another batch than before')]);
  });
});

describe('checkpoints of a run', () => {
  it('say everything that determines what comes next', async () => {
    const { metadata } = await loadCheckpoint(at('whole', 'checkpoint.safetensors'));
    expect(JSON.parse(metadata.info!)).toMatchObject({
      dataset: 'shapes',
      classes: ['disc', 'square', 'triangle', 'star', 'cross'],
      recipe: { iterations: 5, seed: 0 },
      loop: { iteration: 5, skipped: 0, unlogged: {} },
      about: {
        normalization: { mean: [0.5, 0.5, 0.5] },
        schedule: { segmentationAfter: 1 },
        random: { seed: 0, position: 10 },
        data: { split: 'train', images: 4096, position: 20 },
        code: { mcc: expect.any(String), node: process.version },
      },
    });
    const manifest = JSON.parse(readFileSync(checkpoint('whole', 5, 'json'), 'utf8'));
    expect(manifest.sha256).toBe((await loadCheckpoint(at('whole', 'checkpoint.safetensors'))).sha256);
    expect(manifest.notes.evaluation.means.segmentation).toBe(manifest.score);
    const scores = [3, 5].map(iteration => JSON.parse(readFileSync(checkpoint('whole', iteration, 'json'), 'utf8')).score);
    expect((await loadCheckpoint(at('whole', 'best.safetensors'))).sha256).toBe(
      (await loadCheckpoint(checkpoint('whole', scores[0] > scores[1] ? 3 : 5))).sha256,
    );
  });
});

describe('what is not finite', () => {
  it('is left out, written down, and training goes on', async () => {
    const before = tf.memory().numTensors;
    onMicroBatch.call = count => (count === 3 ? Number.NaN : 1);
    const { code, err } = await train('poisoned');
    onMicroBatch.call = () => 1;
    expect(code).toBe(0);
    expect(err).toMatch(/Iteration 1 is not finite and was left out\. Its images and losses: .*not-finite\/iteration-00000001\.json/);
    const skipped = JSON.parse(readFileSync(at('poisoned', 'not-finite', 'iteration-00000001.json'), 'utf8'));
    expect(skipped.losses.total).toBe('NaN');
    expect(Number.isFinite(skipped.microBatches[1].losses.total)).toBe(true);
    expect(skipped.microBatches[0].images[0]).toMatchObject({ id: expect.any(String), labels: expect.any(Array) });
    for (const { data } of (await stateOf('poisoned')).values()) expect((data as Float32Array).every(Number.isFinite)).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends the run when it does not pass, having saved, with advice', async () => {
    const network = createNetwork(overlay(shapes, settings, ''), 5);
    const state = await network.encoder.parameters.toStateDict();
    network.dispose();
    state.get('norm.weight')!.data.fill(1e38);
    const weights = join(folder, 'huge.safetensors');
    writeFileSync(weights, serializeSafetensors(state));
    const { code, err } = await train('hopeless', '--weights', weights);
    expect(code).toBe(1);
    expect(err).toMatch(
      /mcc: iteration 3: .*and so were the 3 iterations before; the parameters are still those of before.*lower learning rate/,
    );
    expect(readdirSync(at('hopeless', 'not-finite'))).toHaveLength(4);
    expect(logOf('hopeless').filter(record => (record as { kind: string }).kind !== 'evaluate')).toHaveLength(4); // nothing but those
    expect(existsSync(checkpoint('hopeless', 4))).toBe(true);
  });
});
