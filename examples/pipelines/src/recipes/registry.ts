import type { DatasetName } from '@wsss/datasets';
import { coco, cocoShares } from './coco.js';
import { folder } from './folder.js';
import type { Recipe } from './recipe.js';
import type { ScheduleShares } from './schedule.js';
import { shapes, shapesShares } from './shapes.js';
import { voc, vocShares } from './voc.js';

/** Defaults of each dataset: its recipe, the schedule's shares of a run, and the splits that are trained on and evaluated with. */
export const recipes: Record<DatasetName, { recipe: Recipe; shares: ScheduleShares; trainSplit: string; valSplit: string }> = {
  voc: { recipe: voc, shares: vocShares, trainSplit: 'train_aug', valSplit: 'val' },
  coco: { recipe: coco, shares: cocoShares, trainSplit: 'train', valSplit: 'val_part' },
  folder: { recipe: folder, shares: vocShares, trainSplit: 'train', valSplit: 'val' },
  shapes: { recipe: shapes, shares: shapesShares, trainSplit: 'train', valSplit: 'val' },
};
