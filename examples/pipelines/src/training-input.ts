import { type SegmentationDataset, type TrainingBatch, type TrainingBatchOptions, trainingBatches } from '@wsss/datasets';
import type { Recipe } from './recipes/recipe.js';

/** One of the batches whose gradients an iteration averages. */
export interface MicroBatch {
  batch: TrainingBatch;
  /** In the run, counted in micro-batches. */
  position: number;
}

/** What iterations work on, in order, made ahead of time. */
export interface TrainingInput {
  /** All micro-batches of an iteration, so that nothing has been changed yet when one cannot be read. @throws Error saying what to do. */
  next(iteration: number): Promise<MicroBatch[]>;
  close(): Promise<void>;
}

/**
 * @param options.start the iteration that `next` is called with first.
 * @param options.onBadRecord see {@link TrainingBatchOptions}.
 */
export function trainingInput(
  dataset: SegmentationDataset,
  recipe: Recipe,
  { start, onBadRecord }: { start: number } & Pick<TrainingBatchOptions, 'onBadRecord'>,
): TrainingInput {
  const { batch: batchSize, accumulate, crop, seed, augmentation } = recipe;
  const batches = trainingBatches({
    dataset,
    batchSize,
    crop,
    seed,
    start: start * accumulate,
    recipe: recipe.recipe,
    augmentation,
    prefetch: Math.max(2, accumulate),
    onBadRecord,
  })[Symbol.asyncIterator]();
  return {
    next: async iteration => {
      const parts: MicroBatch[] = [];
      for (let position = iteration * accumulate; parts.length < accumulate; position++) {
        const { value: batch } = await batches.next().catch(error => {
          throw new Error(
            `iteration ${iteration}: ${(error as Error).message}. The run is saved up to there: mend what cannot be read, then go on with --resume.`,
            { cause: error },
          );
        });
        parts.push({ batch: batch as TrainingBatch, position });
      }
      return parts;
    },
    close: async () => {
      await batches.return?.();
    },
  };
}
