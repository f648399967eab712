import type { Recipe } from './recipe.js';
import type { ScheduleShares } from './schedule.js';
import { voc } from './voc.js';

/** The recipe of the paper for COCO 2014: 80 000 iterations of 8 crops of 448². All else is as for VOC. */
export const coco: Recipe = {
  ...voc,
  batch: 8,
  iterations: 80_000,
  cam: { ...voc.cam, high: 0.65, background: 0.45 },
};

/** 1 500, 8 000 and 12 000 of 80 000 iterations; masks from the auxiliary CAM always, refined labels from it up to the last of these. */
export const cocoShares: ScheduleShares = {
  warmup: 0.018_75,
  classification: -1,
  segmentation: 0.1,
  mainCamForMasks: null,
  mainCamForLabels: 0.15,
};
