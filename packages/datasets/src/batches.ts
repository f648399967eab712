// The entry `@wsss/datasets/batches`: batches for training, anywhere JavaScript runs. They are those of `@wsss/datasets`, made in this
// thread.
import { batchesMadeBy, inThisThread, type TrainingBatch, type TrainingBatchOptions } from './batches/make-batches.js';

export type { BadRecord, TrainingBatch, TrainingBatchOptions } from './batches/make-batches.js';
export { recordsBetween, type SampleStreams } from './batches/sample-order.js';
export { pictureLimits, sizeProblem } from './images/picture-limits.js';

/** As `trainingBatches` of `@wsss/datasets`, the same numbers; the views are made in this thread, so that `workers` says nothing. */
export function trainingBatches(options: TrainingBatchOptions): AsyncIterable<TrainingBatch> {
  return batchesMadeBy(inThisThread, 1, options);
}
