import { availableParallelism } from 'node:os';
import { startThreads } from '../threads/threads.js';
import { batchesMadeBy, type TrainingBatch, type TrainingBatchOptions } from './make-batches.js';

/**
 * Batches for training: every epoch all records in another order, an epoch's rest together with the beginning of the next. Sample p
 * (p = offset + iteration · B + place in the batch) is determined by the seed and p alone (and B and `streams`, if the dataset has groups),
 * whatever the timing and the number of workers. Pictures are read in the background, augmented in threads, and made a bounded number of
 * batches ahead of time.
 *
 * Each `for await` begins at `start`; leaving the loop ends the threads. What a record throws while it is read, the loop throws.
 *
 * @throws RangeError naming the option that is out of range
 * @example
 * for await (const { view1, labels } of trainingBatches({ dataset, batchSize: 4, crop: 448, seed: 1, count: 20_000 })) {
 *   // Uint8Array [4, 448, 448, 3], Float32Array [4, C]
 * }
 */
export function trainingBatches(options: TrainingBatchOptions): AsyncIterable<TrainingBatch> {
  return batchesMadeBy((workers, module) => startThreads('augment', workers, module), availableParallelism() - 1, options);
}
