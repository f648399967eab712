import { makeViews, type ViewParameters } from '../augment/views.js';
import type { writeMask } from '../coco/mask-job.js';
import type { Picture } from '../dataset.js';

/**
 * What threads can do, by name: the work, which is the same in any thread; what errors call a thread that does it; and the buffers of a
 * result, which are handed over without a copy.
 */
export const jobs = {
  augment: {
    work: ({ picture, parameters }: { picture: Picture; parameters: ViewParameters }) => makeViews(picture, parameters),
    thread: 'augmentation worker',
    buffers: ({ view1, view2, local }: ReturnType<typeof makeViews>) => [view1, view2, local].map(({ data }) => data.buffer as ArrayBuffer),
  },
  writeMask: {
    // Loaded by threads that need it: it brings sharp along.
    work: async (job: Parameters<typeof writeMask>[0]) => (await import('../coco/mask-job.js')).writeMask(job),
    thread: 'mask worker',
    buffers: () => [],
  },
} as const;

export type JobName = keyof typeof jobs;
export type Job<Name extends JobName> = Parameters<(typeof jobs)[Name]['work']>[0];
export type Result<Name extends JobName> = Awaited<ReturnType<(typeof jobs)[Name]['work']>>;
