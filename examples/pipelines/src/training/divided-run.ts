import type { Communicator } from '@wsss/parallel';
import type { Recipe } from '../recipes/recipe.js';
import type { CheckpointInfo } from '../run/checkpoint-info.js';

/** How a run's samples are dealt out to the ranks of a job. */
export interface DividedRun {
  /** Micro-batches of an iteration at each rank, one after the other. */
  parts: number;
  /** Micro-batches of an iteration at all ranks as the run began: what it should stay. */
  wanted: number;
  /** Samples taken before an iteration, by all ranks; `trainingBatches` calls this a position. */
  samplesBefore(iteration: number): number;
  /** What people should know, if another number of ranks changes something. */
  remark?: string;
}

/**
 * A run's micro-batches go to the ranks in turn: micro-batch `part · ranks + rank` of an iteration is a rank's `part`-th. A run that goes
 * on with another number of ranks keeps its samples an iteration where they can be divided; then it computes what it would have computed.
 * Where they cannot, each rank takes the nearest whole number of micro-batches. Either way it goes on in the epoch where it was.
 *
 * @param earlier of the checkpoint that it goes on from.
 */
export function divideRun(recipe: Recipe, { worldSize }: Pick<Communicator, 'worldSize'>, earlier?: CheckpointInfo): DividedRun {
  const { batch, accumulate } = recipe;
  const start = earlier?.iteration ?? 0;
  const before = earlier?.about.ranks;
  // With another accumulation, which has to be asked for, counting begins anew.
  const changed = earlier !== undefined && earlier.recipe.accumulate !== accumulate;
  const wanted = !earlier || changed ? accumulate * worldSize : before!.microBatches;
  const parts = Math.max(1, Math.round(wanted / worldSize));
  const taken = earlier?.about.data.position ?? 0;
  const samples = parts * worldSize * batch;
  const from = `From here on with ${worldSize} rank${worldSize > 1 ? 's' : ''} instead of ${before?.count}`;
  const remark =
    before === undefined || before.count === worldSize
      ? undefined
      : parts * worldSize === wanted
        ? `${from}, each with ${parts} × ${batch} images an iteration: together as many as before`
        : `${from}: ${samples} images an iteration instead of ${wanted * batch}, which ${worldSize} ranks cannot share evenly; ` +
          'the learning rate stays';
  return { parts, wanted, samplesBefore: iteration => taken + (iteration - start) * samples, remark };
}
