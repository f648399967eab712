import { existsSync } from 'node:fs';
import type { SegmentationDataset } from '../dataset.js';
import { fileDatasets, openDataset } from '../open-dataset.js';
import { checkDataset, type DatasetCheck, type Duplicate, findDuplicates } from './check-dataset.js';
import { publishedCount } from './published-counts.js';

export interface SplitsCheckOptions {
  root: string;
  /** Default: all that are there. */
  splits?: readonly string[];
  /** Where image-level labels come from, see {@link openDataset}. */
  labels?: string;
  /** Decode everything; Default true. */
  thorough?: boolean;
  onProgress?: (done: number, total: number, split: string) => void;
  signal?: AbortSignal;
}

/** What {@link checkDataset} found in a split, and the split. */
export interface SplitCheck extends DatasetCheck {
  dataset: SegmentationDataset;
  hasMasks: boolean;
  /** How many images the published split has. */
  published?: { count: number; note?: string };
}

export interface SplitsCheck {
  splits: SplitCheck[];
  /** Splits that cannot be opened, and why. */
  notOpened: { split: string; reason: string }[];
  duplicates: Duplicate[];
}

/**
 * Checks the splits of a dataset, and looks for images that are in two of them.
 *
 * @throws Error if none can be opened; the signal's reason if it is aborted
 */
export async function checkSplits(name: keyof typeof fileDatasets, options: SplitsCheckOptions): Promise<SplitsCheck> {
  const { root, labels, thorough, signal, onProgress } = options;
  const notOpened: SplitsCheck['notOpened'] = [];
  const splits: SplitCheck[] = [];
  for (const split of options.splits ?? fileDatasets[name].splits) {
    let dataset: SegmentationDataset;
    try {
      dataset = await openDataset(name, { root, split, labels: split === 'test' ? undefined : labels, lenient: true });
    } catch (error) {
      notOpened.push({ split, reason: (error as Error).message });
      continue;
    }
    const found = await checkDataset(dataset, { thorough, signal, onProgress: (...done) => onProgress?.(...done, dataset.split) });
    splits.push({ ...found, dataset, hasMasks: dataset.mask !== undefined, published: publishedCount(dataset.name, dataset.split) });
  }
  // Who has one year of COCO, or folders of two names, need not hear of the others.
  const isExpected = options.splits !== undefined || name === 'voc';
  if (!splits.length) throw new Error(existsSync(root) ? notOpened[0]!.reason : `${root} does not exist`);
  // Splits that contain others by definition are no duplicates of them.
  const apart = splits.filter(({ split }) => !(split === 'train' && splits.some(other => other.split === 'train_aug')));
  return { splits, notOpened: isExpected ? notOpened : [], duplicates: findDuplicates(apart) };
}

/** How many things are wrong: bad records and images in two splits. */
export const countProblems = ({ splits, duplicates }: SplitsCheck): number =>
  splits.reduce((sum, { bad }) => sum + bad.length, 0) + duplicates.length;
