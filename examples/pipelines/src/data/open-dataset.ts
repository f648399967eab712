import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CocoSplit,
  type CocoYear,
  inMemory,
  openCoco,
  openFolder,
  openShards,
  openVoc,
  type SegmentationDataset,
  shapesDataset,
  type VocOptions,
  type VocSplit,
} from '@wsss/datasets';
import { coco, cocoShares } from '../recipes/coco.js';
import { folder } from '../recipes/folder.js';
import type { Recipe } from '../recipes/recipe.js';
import type { ScheduleShares } from '../recipes/schedule.js';
import { shapes, shapesShares } from '../recipes/shapes.js';
import { voc, vocShares } from '../recipes/voc.js';

/** What the mcc command can train on and evaluate with. */
export const datasetNames = ['voc', 'coco', 'folder', 'shapes'] as const;
export type DatasetName = (typeof datasetNames)[number];

/** Defaults of each dataset: its recipe, and where its splits are. */
export const recipes: Record<DatasetName, { recipe: Recipe; shares: ScheduleShares; trainSplit: string; valSplit: string }> = {
  voc: { recipe: voc, shares: vocShares, trainSplit: 'train_aug', valSplit: 'val' },
  coco: { recipe: coco, shares: cocoShares, trainSplit: 'train', valSplit: 'val_part' },
  folder: { recipe: folder, shares: vocShares, trainSplit: 'train', valSplit: 'val' },
  shapes: { recipe: shapes, shares: shapesShares, trainSplit: 'train', valSplit: 'val' },
};

/** @throws Error naming the known datasets. */
export function datasetName(name: string): DatasetName {
  const known = datasetNames.find(other => other === name);
  if (!known) throw new Error(`unknown dataset ${JSON.stringify(name)}; known are ${datasetNames.join(', ')}`);
  return known;
}

/** Splits of Shapes, whose images are made when they are asked for. Pretraining sees one or two objects, which it learns sooner. */
const shapesSplits: Record<string, { length: number; objects?: [number, number]; clutter?: [number, number] }> = {
  train: { length: 4096 },
  val: { length: 100 },
  pretrain: { length: 16_384, objects: [1, 2], clutter: [0, 2] },
};

export interface DatasetSource {
  /** Folder of the data; Shapes needs none. */
  root?: string;
  split: string;
  /** Where image-level labels come from: VOC `masks`, `annotations`, `annotations-without-difficult` or a `.npy` file; COCO `annotations` or `masks`. */
  labels?: string;
  /** Keep records whose files are missing or whose annotations are damaged: reading them throws, or they are left out. */
  lenient?: boolean;
}

/**
 * Opens a split of a dataset.
 *
 * @throws Error when the folder is missing or a list names what is not there.
 */
export async function openDataset(name: DatasetName, { root, split, labels, lenient }: DatasetSource): Promise<SegmentationDataset> {
  if (labels && name !== 'voc' && name !== 'coco') throw new Error(`--labels: ${name} has its labels in one place only`);
  const checkFiles = !lenient;
  const packed = root && join(root, split);
  if (packed && existsSync(join(packed, 'shards.json'))) {
    if (labels) throw new Error(`--labels: ${packed} is packed with its labels; give --labels to mcc data pack`);
    return openShards({ root: packed });
  }
  if (name === 'shapes') {
    const settings = shapesSplits[split];
    if (!settings) throw new Error(`Shapes has no split ${JSON.stringify(split)}; it has ${Object.keys(shapesSplits).join(', ')}`);
    // Splits come from different seeds, so that no image is in two. An image takes about 3 ms to make and 27 kB to keep: the few that are looked at
    // in every evaluation are kept, those of training are made again in every epoch, so that a run's memory does not grow with its length.
    const made = shapesDataset({ seed: Object.keys(shapesSplits).indexOf(split) + 1, size: shapes.crop, split, ...settings });
    return split === 'val' ? inMemory(made) : made;
  }
  if (name === 'coco') {
    if (!root) throw new Error('COCO needs --data DIR: the folder MSCOCO with annotations/ and JPEGImages/');
    const [, part, year] = /^(train|val|val_part)(2014|2017)?$/.exec(split) ?? [];
    if (!part) throw new Error(`COCO has no split ${JSON.stringify(split)}; it has train, val and val_part, also with a year: train2014`);
    if (labels && labels !== 'annotations' && labels !== 'masks')
      throw new Error(`--labels: COCO has annotations and masks, not ${JSON.stringify(labels)}`);
    return openCoco({
      root,
      split: part as CocoSplit,
      year: year ? (Number(year) as CocoYear) : undefined,
      labels: labels as 'annotations' | 'masks' | undefined,
      checkFiles,
      ...(lenient && { onRefused: () => {} }),
    });
  }
  if (name === 'folder') {
    if (!root) throw new Error('folder needs --data DIR: your images with labels.csv, annotations.json, or a folder for each class');
    return openFolder({ root, split, checkFiles });
  }
  if (!root) throw new Error('VOC needs --data DIR: the folder VOCdevkit/VOC2012');
  return openVoc({ root, split: split as VocSplit, checkFiles, ...vocLabels(labels) });
}

function vocLabels(labels?: string): Pick<VocOptions, 'labels' | 'difficult'> {
  if (!labels) return {};
  if (labels === 'masks' || labels === 'annotations') return { labels };
  if (labels === 'annotations-without-difficult') return { labels: 'annotations', difficult: false };
  if (labels.endsWith('.npy')) return { labels: { file: labels } };
  throw new Error(`--labels: VOC has masks, annotations, annotations-without-difficult, or a .npy file, not ${JSON.stringify(labels)}`);
}
