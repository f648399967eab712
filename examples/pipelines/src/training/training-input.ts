import type { SegmentationDataset, TrainingBatch, TrainingBatchOptions } from '@wsss/datasets';
import type { Communicator } from '@wsss/parallel';
import type { Recipe } from '../recipes/recipe.js';
import { refusal } from '../run/advice.js';
import type { DividedRun } from './divided-run.js';

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
 * @param job the ranks that train together: each gets its micro-batches.
 * @param options.start the iteration that `next` is called with first.
 * @param options.division how the run's samples are dealt out.
 * @param options.batches what makes them: `trainingBatches` of @wsss/datasets, or in browsers that of @wsss/datasets/batches.
 * @param options.onBadRecord see {@link TrainingBatchOptions}; `workers`, too.
 */
export function trainingInput(
  dataset: SegmentationDataset,
  recipe: Recipe,
  job: Pick<Communicator, 'rank' | 'worldSize'>,
  {
    start,
    division,
    batches: batchesOf,
    onBadRecord,
    workers,
  }: { start: number; division: DividedRun; batches: (options: TrainingBatchOptions) => AsyncIterable<TrainingBatch> } & Pick<
    TrainingBatchOptions,
    'onBadRecord' | 'workers'
  >,
): TrainingInput {
  const { batch: batchSize, crop, seed, augmentation } = recipe;
  const { parts: count, wanted, samplesBefore } = division;
  const batches = batchesOf({
    dataset,
    batchSize,
    crop,
    seed,
    offset: samplesBefore(start),
    shard: { index: job.rank, count: job.worldSize },
    streams: wanted,
    variant: recipe.variant,
    augmentation,
    prefetch: Math.max(2, count),
    onBadRecord,
    workers,
  })[Symbol.asyncIterator]();
  return {
    next: async iteration => {
      const parts: MicroBatch[] = [];
      const first = Math.floor(samplesBefore(iteration) / batchSize) + job.rank;
      for (let position = first; parts.length < count; position += job.worldSize) {
        const { value: batch } = await batches.next().catch(error => {
          const failure = refusal(Error, {
            problem:
              `iteration ${iteration}: ${(error as Error).message}. The run is saved up to there: ` +
              'mend what cannot be read, then go on',
            advice: { command: ' with --resume.', page: '.' },
          });
          failure.cause = error;
          throw failure;
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
