import type { SegmentationDataset } from '@wsss/datasets';
import type { DatasetName } from '@wsss/datasets/names';
import type { LoopState } from '@wsss/train/runs';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import type { CheckpointInfo } from '../run/checkpoint-info.js';
import type { CodeVersion } from '../run/code-version.js';
import type { DividedRun } from './divided-run.js';
import type { AnyEngine } from './memory-estimate.js';
import type { StartedIterations } from './start-iterations.js';

/** What of a run its checkpoints tell. */
interface RunAtWork {
  dataset: DatasetName;
  train: SegmentationDataset;
  recipe: Recipe;
  engine: Pick<AnyEngine, 'version' | 'threads'>;
  job: { worldSize: number };
  division: DividedRun;
}

/** What a checkpoint says about itself: everything that determines what comes next, and under which circumstances it was made. */
export function checkpointInfo(
  loop: LoopState,
  run: RunAtWork & Pick<StartedIterations, 'schedule' | 'rate' | 'settings'> & { code: CodeVersion },
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
