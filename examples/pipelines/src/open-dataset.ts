import { inMemory, openVoc, type SegmentationDataset, shapesDataset, type VocSplit } from '@wsss/datasets';
import type { Recipe, ScheduleShares } from './recipes/recipe.js';
import { shapes, shapesShares } from './recipes/shapes.js';
import { voc, vocShares } from './recipes/voc.js';

/** What the mcc command can train on and evaluate with. */
export const datasetNames = ['voc', 'shapes'] as const;
export type DatasetName = (typeof datasetNames)[number];

/** Defaults of each dataset: its recipe, and where its splits are. */
export const recipes: Record<DatasetName, { recipe: Recipe; shares: ScheduleShares; trainSplit: string; valSplit: string }> = {
  voc: { recipe: voc, shares: vocShares, trainSplit: 'train_aug', valSplit: 'val' },
  shapes: { recipe: shapes, shares: shapesShares, trainSplit: 'train', valSplit: 'val' },
};

/** @throws Error naming the known datasets. */
export function datasetName(name: string): DatasetName {
  const known = datasetNames.find(other => other === name);
  if (!known) throw new Error(`unknown dataset ${JSON.stringify(name)}; known are ${datasetNames.join(', ')}`);
  return known;
}

/** Lengths of the splits of Shapes, whose images are made when they are asked for. */
const shapesLengths: Record<string, number> = { train: 4096, val: 200, pretrain: 16_384 };

/**
 * Opens a split of a dataset.
 *
 * @param root Folder of the data; Shapes needs none.
 * @throws Error when the folder is missing or a list names what is not there.
 */
export async function openDataset(name: DatasetName, { root, split }: { root?: string; split: string }): Promise<SegmentationDataset> {
  if (name === 'shapes') {
    const length = shapesLengths[split];
    if (!length) throw new Error(`Shapes has no split ${JSON.stringify(split)}; it has ${Object.keys(shapesLengths).join(', ')}`);
    // Splits come from different seeds, so that no image is in two.
    // Made once each, then kept: an image takes about 3 ms to make and 27 kB to keep.
    return inMemory(shapesDataset({ seed: Object.keys(shapesLengths).indexOf(split) + 1, length, size: shapes.crop, split }));
  }
  if (!root) throw new Error('VOC needs --data DIR: the folder VOCdevkit/VOC2012');
  return openVoc({ root, split: split as VocSplit });
}
