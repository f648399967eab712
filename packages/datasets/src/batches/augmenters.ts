import { makeViews, type ViewParameters, type Views } from '../augment/views.js';
import type { Picture } from '../dataset.js';
import { builtModule, startThreads, type Threads } from '../threads/threads.js';

export interface AugmentationJob {
  picture: Picture;
  parameters: ViewParameters;
}

/** Makes views, here or in threads of its own; the results are the same. */
export type Augmenters = Threads<AugmentationJob, Views>;

export const augment = ({ picture, parameters }: AugmentationJob): Views => makeViews(picture, parameters);

/**
 * Starts threads that make views.
 *
 * @param workers number of threads; with 0, and without a worker module, views are made in this thread
 * @param module the worker's code, default the built one
 */
export function startAugmenters(workers: number, module: URL | undefined = builtModule('./worker.js')): Augmenters {
  return startThreads(workers, module, augment, 'augmentation worker');
}
