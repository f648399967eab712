import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { visible } from '@wsss/files';
import { type CocoOptions, openCoco } from './coco/coco.js';
import type { SegmentationDataset } from './dataset.js';
import { openFolder } from './folder/folder.js';
import type { DatasetName } from './names.js';
import { openShapes } from './shapes/splits.js';
import { indexFile } from './shards/index-file.js';
import { openShards } from './shards/open-shards.js';
import { openVoc, type VocOptions } from './voc/voc.js';

/** Of each dataset of files: what messages call it, the folder that it needs, and the splits that it may have. */
export const fileDatasets = {
  voc: { title: 'VOC', folder: 'the folder VOCdevkit/VOC2012', splits: ['train_aug', 'train', 'val', 'test'] },
  coco: {
    title: 'COCO',
    folder: 'the folder MSCOCO with annotations/ and JPEGImages/',
    splits: ['train2014', 'val2014', 'train2017', 'val2017'],
  },
  folder: {
    title: 'folder',
    folder: 'your images with labels.csv, annotations.json, or a folder for each class',
    splits: ['train', 'val', 'test'],
  },
} satisfies Partial<Record<DatasetName, object>>;

export interface DatasetSource {
  /** Folder of the data; Shapes needs none. */
  root?: string;
  /** Name of a split; of COCO also with a year: `train2014`. */
  split: string;
  /** Where labels come from. VOC: `masks`, `annotations`, `annotations-without-difficult`, a `.npy` file; COCO: `annotations`, `masks`. */
  labels?: string;
  /** Keep records whose files are missing or whose annotations are damaged: reading them throws, or they are left out. Default false. */
  lenient?: boolean;
}

/**
 * Opens a split of a dataset by name, or what {@link packShards} has made of it: `<root>/<split>/shards.json`. Errors call `root` and
 * `labels` by the options of the mcc command, `--data` and `--labels`.
 *
 * @throws Error if the folder is missing, a list names what is not there, or a class has no name that can be shown
 * @example
 * const val = await openDataset('voc', { root: 'VOCdevkit/VOC2012', split: 'val' });
 */
export async function openDataset(name: DatasetName, source: DatasetSource): Promise<SegmentationDataset> {
  const dataset = await openNamed(name, source);
  const k = dataset.classes.findIndex(name => visible(name) !== name || name.length > longestName || !name.trim());
  if (k < 0) return dataset;
  const found = visible(dataset.classes[k]!.slice(0, longestName));
  throw new Error(
    `class ${k + 1} of ${dataset.name} ${dataset.split} is called "${found}"; expected 1 to ${longestName} characters that can be shown`,
  );
}

/** Characters of a class's name. */
const longestName = 200;

async function openNamed(name: DatasetName, { root, split, labels, lenient }: DatasetSource): Promise<SegmentationDataset> {
  if (labels && name !== 'voc' && name !== 'coco') throw new Error(`--labels: ${name} has its labels in one place only`);
  const checkFiles = !lenient;
  const packed = root && join(root, split);
  if (packed && existsSync(join(packed, indexFile))) {
    if (labels) throw new Error(`--labels: ${packed} is packed with its labels; give --labels to mcc data pack`);
    return openShards({ root: packed });
  }
  if (name === 'shapes') return openShapes(split);
  if (!root) throw new Error(`${fileDatasets[name].title} needs --data DIR: ${fileDatasets[name].folder}`);
  if (name === 'folder') return openFolder({ root, split, checkFiles });
  if (name === 'voc') return openVoc({ root, split: split as VocOptions['split'], checkFiles, ...vocLabels(labels) });
  const [, part, year] = /^(train|val|val_part)(2014|2017)?$/.exec(split) ?? [];
  if (!part) throw new Error(`COCO has no split ${JSON.stringify(split)}; it has train, val and val_part, also with a year: train2014`);
  if (labels && labels !== 'annotations' && labels !== 'masks')
    throw new Error(`--labels: COCO has annotations and masks, not ${JSON.stringify(labels)}`);
  return openCoco({
    root,
    split: part as CocoOptions['split'],
    year: year ? (Number(year) as CocoOptions['year']) : undefined,
    labels: labels as CocoOptions['labels'],
    checkFiles,
    leaveOut: lenient,
  });
}

function vocLabels(labels?: string): Pick<VocOptions, 'labels' | 'difficult'> {
  if (!labels) return {};
  if (labels === 'masks' || labels === 'annotations') return { labels };
  if (labels === 'annotations-without-difficult') return { labels: 'annotations', difficult: false };
  if (labels.endsWith('.npy')) return { labels: { file: labels } };
  throw new Error(`--labels: VOC has masks, annotations, annotations-without-difficult, or a .npy file, not ${JSON.stringify(labels)}`);
}
