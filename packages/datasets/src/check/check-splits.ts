import { existsSync } from 'node:fs';
import { type CocoYear, cocoLayout } from '../coco/layout.js';
import type { OpeningReport, SegmentationDataset } from '../dataset.js';
import { splitsOfFolder } from '../folder/lists.js';
import { splitMeant } from '../folder/splits.js';
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
  /** What was left out and noted when it was opened. */
  opened: OpeningReport;
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
  const wanted = options.splits ?? (name === 'folder' ? await splitsOfFolder(root) : fileDatasets[name].splits);
  for (const split of wanted) {
    let dataset: SegmentationDataset;
    try {
      dataset = await openDataset(name, { root, split, labels: split === 'test' ? undefined : labels, lenient: true });
    } catch (error) {
      notOpened.push({ split, reason: (error as Error).message });
      continue;
    }
    const found = await checkDataset(dataset, { thorough, signal, onProgress: (...done) => onProgress?.(...done, dataset.split) });
    const opened = dataset.opened ?? { leftOut: [], notes: [] };
    splits.push({
      ...found,
      dataset,
      opened,
      hasMasks: dataset.mask !== undefined,
      published: publishedCount(dataset.name, dataset.split),
    });
  }
  if (name === 'coco' && !options.splits) notOpened.push(...partsMissing(root));
  // Who has one year of COCO need not hear of the other, but training needs a split of each kind.
  const isExpected = ({ split }: { split: string }) =>
    options.splits !== undefined || name === 'voc' || (name === 'folder' ? ['train', 'val'].includes(split) : isThere(root, split));
  const there = splits.map(({ split }) => split);
  if (name === 'folder' && splits.length && !options.splits)
    for (const split of ['train', 'val'])
      if (!wanted.includes(split) && splitMeant(split, there, root) === undefined)
        notOpened.push({ split, reason: `folder ${root} has no split ${split}; it has ${there.join(', ')}` });
  if (!splits.length) throw new Error(existsSync(root) ? (notOpened.find(isExpected) ?? notOpened[0]!).reason : `${root} does not exist`);
  // Splits that contain others by definition are no duplicates of them.
  const apart = splits.filter(({ split }) => !(split === 'train' && splits.some(other => other.split === 'train_aug')));
  return { splits, notOpened: notOpened.filter(isExpected), duplicates: findDuplicates(apart) };
}

/** The parts of COCO that training needs and that are not there in any year, and why. */
function partsMissing(root: string): SplitsCheck['notOpened'] {
  return (['train', 'val'] as const).flatMap(part => {
    const reason = whyNotThere(root, part);
    return reason === undefined ? [] : { split: part === 'train' ? part : 'val_part', reason };
  });
}

/** Whether a year of COCO is there, or was asked for without saying which. */
function isThere(root: string, split: string): boolean {
  const [, part, year] = /^(train|val)(\d+)$/.exec(split) ?? [];
  return !part || whyNotThere(root, part as 'train' | 'val', Number(year) as CocoYear) === undefined;
}

/** What is missing of a part of COCO; undefined if nothing is. */
function whyNotThere(root: string, part: 'train' | 'val', year?: CocoYear): string | undefined {
  try {
    cocoLayout({ root, part, year });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** How many things are wrong: bad records, whole splits, what was left out when data was opened, and images that are there twice. */
export const countProblems = ({ splits, duplicates }: SplitsCheck): number =>
  splits.reduce((sum, { bad, problems, opened }) => sum + bad.length + problems.length + opened.leftOut.length, 0) + duplicates.length;
