import type { DatasetName } from '@wsss/datasets';
import type { LoopState } from '@wsss/train';
import type { Normalization } from '../network/normalize.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Schedule } from '../recipes/schedule.js';
import type { PreparedRun } from '../training/prepare.js';
import type { StartedIterations } from '../training/start-iterations.js';
import type { CodeVersion } from './code-version.js';

/** What a checkpoint says about itself, beside its tensors: all that determines what comes next, and how it was made. */
export interface CheckpointInfo {
  dataset: DatasetName;
  /** Foreground class names. */
  classes: string[];
  recipe: Recipe;
  /** Iterations done. */
  iteration: number;
  /** The loop between two iterations. */
  loop: LoopState;
  /** What follows from the above, and under which circumstances it was made. */
  about: {
    normalization: Normalization;
    schedule: Schedule & { learningRateFactor: number };
    /** Every random number is a function of seed, purpose and position. */
    random: { seed: number; generator: 'xoshiro128**'; position: number };
    /** The split, its number of images, and how many samples the run has taken from it. */
    data: { split: string; images: number; position: number };
    engine: { version: string; threads: number };
    /** Whether blocks are computed again in the backward pass. */
    recompute: boolean;
    /** Processes that train together, and the micro-batches of an iteration at all of them as the run began. */
    ranks: { count: number; microBatches: number };
    code: CodeVersion;
  };
}

type Run = Pick<PreparedRun, 'dataset' | 'train' | 'recipe' | 'division' | 'engine' | 'job'>;

export function checkpointInfo(
  loop: LoopState,
  run: Run & Pick<StartedIterations, 'schedule' | 'rate' | 'settings'> & { code: CodeVersion },
): CheckpointInfo {
  const { dataset, train, recipe, schedule, rate, division, engine, job, settings, code } = run;
  const { iteration } = loop;
  const { mean, std } = backboneOf(recipe);
  const samples = division.samplesBefore(iteration);
  return {
    ...{ dataset, classes: [...train.classes], recipe, iteration, loop },
    about: {
      normalization: { mean, std },
      schedule: { ...schedule, learningRateFactor: rate(iteration) },
      random: { seed: recipe.seed, generator: 'xoshiro128**', position: Math.floor(samples / recipe.batch) },
      data: { split: train.split, images: train.length, position: samples },
      engine: { version: engine.version, threads: engine.threads },
      recompute: settings.recompute,
      ranks: { count: job.worldSize, microBatches: division.wanted },
      code,
    },
  };
}
