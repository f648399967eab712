import type { SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import type { LoopState } from '@wsss/train';
import type { DatasetName } from '../data/open-dataset.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe, Schedule } from '../recipes/recipe.js';
import type { DividedRun } from '../training/divided-run.js';
import type { CheckpointInfo } from './checkpoint.js';
import type { CodeVersion } from './code-version.js';

/** What a run is, from its first iteration to its last. */
export interface Circumstances {
  dataset: DatasetName;
  train: SegmentationDataset;
  recipe: Recipe;
  schedule: Schedule;
  /** Factor on the learning rates at an iteration. */
  factor: (iteration: number) => number;
  division: DividedRun;
  engine: Engine;
  job: { worldSize: number };
  recompute: boolean;
  code: CodeVersion;
}

/** What a checkpoint says about itself: everything that determines what comes next, and under which circumstances it was made. */
export function checkpointInfo(loop: LoopState, run: Circumstances): CheckpointInfo {
  const { dataset, train, recipe, schedule, factor, division, engine, job, recompute, code } = run;
  const { iteration } = loop;
  const { mean, std } = backboneOf(recipe);
  const samples = division.samplesBefore(iteration);
  return {
    dataset,
    classes: [...train.classes],
    recipe,
    iteration,
    loop,
    about: {
      normalization: { mean, std },
      schedule: { ...schedule, learningRateFactor: factor(iteration) },
      random: { seed: recipe.seed, generator: 'xoshiro128**', position: Math.floor(samples / recipe.batch) },
      data: { split: train.split, images: train.length, position: samples },
      engine: { version: engine.version, threads: engine.threads },
      recompute,
      ranks: { count: job.worldSize, microBatches: division.wanted },
      code,
    },
  };
}
