import { type Communicator, exchange } from '@wsss/parallel';
import type { ImageCounts } from './image-counts.js';

/** The part of an evaluation that falls to one of several processes. */
export interface EvaluationShare {
  /** Whether a batch of images, numbered from 0, is this process's. Whole batches, so that every image is computed with the same others. */
  isMine(batch: number): boolean;
  /** What all processes have counted, given what this one has; called once by each. */
  exchange(own: ImageCounts[]): Promise<ImageCounts[]>;
}

/** Deals out an evaluation's batches to the ranks of a job in turn. @returns undefined for a job of one process. */
export function evaluationShare(job: Communicator): EvaluationShare | undefined {
  if (job.size === 1) return undefined;
  return {
    isMine: batch => batch % job.size === job.rank,
    exchange: async own => (await exchange(job, own)).flat(),
  };
}
