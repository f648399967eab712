import { type DatasetName, datasetNames } from '@wsss/datasets/names';
import { parseJson, visible } from '@wsss/files/json';
import type { LogDigest, LoopState } from '@wsss/train';
import { z } from 'zod';
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
  /** The run's log as it was then. */
  logged?: LogDigest;
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

const count = z.int().min(0).max(1e9);
const text = z.string().max(1000);
const schema = z.looseObject({
  dataset: z.enum(datasetNames),
  classes: z
    .array(text.refine(name => visible(name) === name))
    .min(1)
    .max(254),
  recipe: z.looseObject({}),
  iteration: count,
  loop: z.looseObject({
    iteration: count,
    unlogged: z.record(text, z.looseObject({ total: z.number(), count })),
    skipped: count,
  }),
  logged: z.looseObject({ bytes: z.int().min(0), sha256: text }).optional(),
  about: z.looseObject({
    data: z.looseObject({ split: text, images: count, position: z.int().min(0) }),
    engine: z.looseObject({ version: text, threads: count }),
    recompute: z.boolean(),
    ranks: z.looseObject({ count: z.int().min(1).max(1e6), microBatches: z.int().min(1).max(1e6) }),
    code: z.looseObject({ mcc: text, commit: text.nullable(), node: text, tfjs: text }),
  }),
});

/**
 * Reads what a checkpoint says about itself. The recipe in it is checked by those who use it.
 *
 * @throws Error naming the file and the value.
 */
export function parseInfo(info: string, file: string): CheckpointInfo {
  const found = parseJson(info, `what ${file} says about itself`);
  const { error } = schema.safeParse(found);
  if (error)
    throw new Error(
      `${file} is damaged: what it says about itself has no right ${error.issues[0]!.path.join('.') || 'form'} ` +
        '(written by another version of this program?)',
    );
  return found as CheckpointInfo;
}
