import type { DatasetName } from '@wsss/datasets';
import type { LoopState } from '@wsss/train';
import type { Normalization } from '../network/normalize.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Schedule } from '../recipes/schedule.js';
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
