import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openShapes } from '@wsss/datasets/shapes';
import { startEngine } from '@wsss/engine';
import { saveCheckpoint } from '@wsss/train';
import { type Checkpoint, parseCheckpoint, serializeCheckpoint } from '@wsss/train/runs';
import { afterAll, describe, expect, it } from 'vitest';
import { recipes } from '../recipes/registry.js';
import { loadTraining } from '../run/checkpoint.js';
import { trainingOf } from '../run/checkpoint-content.js';
import { runInMemory } from './run-in-memory.js';
import { trainingRun } from './train.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-memory-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { recipe: shapes } = recipes.shapes;
const recipe = {
  ...shapes,
  iterations: 2,
  batch: 2,
  crop: 32,
  evaluation: { ...shapes.evaluation, before: false },
  log: { ...shapes.log, every: 1 },
};

async function lossesOf(stopAfter: number, earlier?: Checkpoint) {
  const run = await runInMemory({
    ...{ dataset: 'shapes' as const, recipe, train: openShapes('train'), engine: await startEngine() },
    earlier: earlier && trainingOf(await parseCheckpoint(await serializeCheckpoint(earlier), 'memory'), 'memory'),
  });
  const stop = new AbortController();
  const losses: number[] = [];
  let saved: Checkpoint | undefined;
  const ended = await run.train({
    signal: stop.signal,
    onIteration: (done, { total }) => {
      losses.push(total);
      if (done === stopAfter) stop.abort();
    },
    onCheckpoint: (_, checkpoint) => {
      saved = checkpoint;
    },
  });
  run.dispose();
  return { ended, losses, saved: saved! };
}

describe('runInMemory', () => {
  it('computes what mcc train computes, stopped and gone on with or not; its checkpoint is one of mcc', async () => {
    const out = join(folder, 'run');
    await trainingRun({ dataset: 'shapes', recipe, out, engine: await startEngine() });
    const records = readFileSync(join(out, 'log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    const expected = records.filter(({ kind }) => kind === 'train').map(({ values }) => values.total as number);
    const first = await lossesOf(1);
    const second = await lossesOf(0, first.saved);
    expect([first.ended, second.ended]).toEqual(['interrupted', 'finished']);
    const found = [...first.losses, ...second.losses];
    expect(found.length).toBe(expected.length);
    for (const [i, loss] of found.entries()) expect(loss).toBeCloseTo(expected[i]!, 4);

    const file = join(folder, 'checkpoint.safetensors');
    await saveCheckpoint(file, second.saved);
    const training = await loadTraining(file);
    expect([training.info.iteration, training.classes.length, training.carried.optimizer.size > 0]).toEqual([2, 5, true]);
    training.network.dispose();
  });
});
