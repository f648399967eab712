import { parentPort } from 'node:worker_threads';
import { makeViews } from '../augment/views';
import type { AugmentationJob, AugmentationResult } from './augmenters';

// A thread of `startAugmenters`: pictures and drawn parameters come in, views go out, their memory handed over without a copy.
parentPort!.on('message', ({ id, picture, parameters }: AugmentationJob) => {
  let result: AugmentationResult;
  try {
    result = { id, views: makeViews(picture, parameters) };
  } catch (error) {
    parentPort!.postMessage({ id, error } satisfies AugmentationResult);
    return;
  }
  const { view1, view2, local } = result.views;
  parentPort!.postMessage(result, [...new Set([view1, view2, local].map(view => view.data.buffer as ArrayBuffer))]);
});
