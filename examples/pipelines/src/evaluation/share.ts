import type { SegmentationDataset } from '@wsss/datasets';
import { type Communicator, exchange } from '@wsss/parallel';

/** The part of an evaluation that falls to one of several processes. */
export interface EvaluationShare {
  /** Whether a batch of images, numbered from 0, is this process's. Whole batches, so that every image is computed with the same others. */
  isMine(batch: number): boolean;
  /** What all processes have, given what this one has, plain values; called by each equally often. */
  exchange<T>(own: Iterable<T>): Promise<T[]>;
}

/** Adds to what this process knows about images, by index, what the others have found out. Of batches of one image. */
export async function shareByIndex<T>(share: EvaluationShare | undefined, known: Map<number, T>): Promise<void> {
  const own = [...known].filter(([index]) => share?.isMine(index));
  for (const [index, value] of (await share?.exchange(own)) ?? []) known.set(index, value);
}

/**
 * Deals out an evaluation's batches to the ranks of a job: in turn, or, where records lie together in groups, each rank a part of them in one piece.
 *
 * @param batch Images of a batch. Default 1.
 * @returns undefined for a job of one process.
 */
export function evaluationShare(
  job: Communicator,
  { length, groups }: Pick<SegmentationDataset, 'length' | 'groups'>,
  batch = 1,
): EvaluationShare | undefined {
  if (job.worldSize === 1) return undefined;
  const batches = Math.ceil(length / batch);
  return {
    isMine: index => (groups ? Math.floor((index * job.worldSize) / batches) : index % job.worldSize) === job.rank,
    exchange: async <T>(own: Iterable<T>) => (await exchange(job, [...own])).flat() as T[],
  };
}
