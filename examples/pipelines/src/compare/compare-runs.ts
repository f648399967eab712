import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resultName } from '@wsss/files';
import type { Recipe } from '../recipes/recipe.js';
import { readRun } from '../report/read-run.js';
import { changesOf, holdsCheckpoint, runFiles } from '../run/folder.js';
import type { TrainingRunOptions } from '../training/prepare.js';
import { trainingRun } from '../training/train.js';
import { type Configuration, configure } from './configurations.js';

interface CompareOptions extends Omit<TrainingRunOptions, 'resume'> {
  configurations: readonly Configuration[];
  seeds: readonly number[];
}

/** Folder of a run. */
export const runFolder = (out: string, { name }: Configuration, seed: number) => join(out, resultName(name), `seed-${seed}`);

/**
 * Trains every configuration with every seed, one seed after the other, so that whenever it is stopped all have been seen equally often.
 * Runs that are done are left as they are; one that was interrupted goes on.
 *
 * @returns whether it came to its end.
 * @throws Error when a run in the folder was made by another recipe, and whatever `trainingRun` throws.
 */
export async function compareRuns({ out, configurations, seeds, recipe, ...rest }: CompareOptions): Promise<boolean> {
  const plan = seeds.flatMap(seed =>
    configurations.map(configuration => ({ seed, configuration, own: configure(recipe, configuration, seed) })),
  );
  for (const [i, { seed, configuration, own }] of plan.entries()) {
    const folder = runFolder(out, configuration, seed);
    const state = stateOf(folder, own);
    const remark = { done: ': done', resume: ': goes on', again: '', begin: '' }[state];
    process.stderr.write(`run ${i + 1} of ${plan.length}: ${configuration.title}, seed ${seed}${remark}\n`);
    if (state === 'done') continue;
    const { ended } = await trainingRun({ ...rest, recipe: own, out: folder, resume: state !== 'begin' });
    if (ended === 'interrupted') return false;
  }
  return true;
}

/** A run that has a log but no checkpoint was stopped before there was anything to go on from; going on, it begins anew. */
function stateOf(folder: string, recipe: Recipe): 'done' | 'resume' | 'again' | 'begin' {
  const { evaluation, log, recipe: file } = runFiles(folder);
  if (existsSync(evaluation)) {
    const changes = changesOf(readRun(folder).recipe, recipe);
    if (changes.length)
      throw new Error(
        `${file}: ${changes.join(', ')} differ from what is asked for now; ` +
          'compare with the settings of the first time, or choose another --out',
      );
    return 'done';
  }
  if (holdsCheckpoint(folder, true)) return 'resume';
  return existsSync(log) ? 'again' : 'begin';
}
