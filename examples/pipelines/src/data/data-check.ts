import { existsSync } from 'node:fs';
import { checkDataset, type DatasetCheck, type Duplicate, findDuplicates, publishedCount, type SegmentationDataset } from '@wsss/datasets';
import { type DatasetName, openDataset } from './open-dataset.js';

export type CheckedName = Exclude<DatasetName, 'shapes'>;

export interface DataCheckOptions {
  root: string;
  /** Default: all that are there. */
  splits?: readonly string[];
  labels?: string;
  thorough: boolean;
  onProgress?: (split: string, done: number, total: number) => void;
  onSplit?: (split: string) => void;
  signal?: AbortSignal;
}

export interface SplitCheck extends Omit<DatasetCheck, 'hashes'> {
  dataset: SegmentationDataset;
  hasMasks: boolean;
  /** How many images the published split has. */
  published?: { count: number; note?: string };
}

export interface DataCheck {
  splits: SplitCheck[];
  /** Splits that cannot be opened, and why. */
  notOpened: { split: string; reason: string }[];
  duplicates: Duplicate[];
}

const usualSplits: Record<CheckedName, string[]> = {
  voc: ['train_aug', 'train', 'val', 'test'],
  coco: ['train2014', 'val2014', 'train2017', 'val2017'],
  folder: ['train', 'val', 'valid', 'test'],
};

/** Checks the splits of a data set, and looks for images that are in two of them. @throws Error if none can be opened */
export async function checkData(name: CheckedName, options: DataCheckOptions): Promise<DataCheck> {
  const { root, labels, thorough, signal } = options;
  const notOpened: DataCheck['notOpened'] = [];
  const splits: (SplitCheck & { hashes: DatasetCheck['hashes'] })[] = [];
  for (const split of options.splits ?? usualSplits[name]) {
    let dataset: SegmentationDataset;
    try {
      dataset = await openDataset(name, { root, split, labels: split === 'test' ? undefined : labels, lenient: true });
    } catch (error) {
      notOpened.push({ split, reason: (error as Error).message });
      continue;
    }
    options.onSplit?.(split);
    const found = await checkDataset(dataset, {
      thorough,
      signal,
      onProgress: (done, total) => options.onProgress?.(dataset.split, done, total),
    });
    splits.push({ ...found, dataset, hasMasks: dataset.mask !== undefined, published: publishedCount(dataset.name, dataset.split) });
  }
  // Who has one year of COCO, or folders of two names, need not hear of the others.
  const isExpected = options.splits !== undefined || name === 'voc';
  if (!splits.length) throw new Error(existsSync(root) ? notOpened[0]!.reason : `${root} does not exist`);
  // Splits that contain others by definition are no duplicates of them.
  const apart = splits.filter(({ split }) => !(split === 'train' && splits.some(other => other.split === 'train_aug')));
  return { splits: splits.map(({ hashes, ...split }) => split), notOpened: isExpected ? notOpened : [], duplicates: findDuplicates(apart) };
}

/** How many things are wrong: bad records and images in two splits. */
export const countProblems = ({ splits, duplicates }: DataCheck): number =>
  splits.reduce((sum, { bad }) => sum + bad.length, 0) + duplicates.length;

const shown = 20;
const number = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');

/** A split's size beside the published one, in words. */
export function describeCount({ name, split, records, published }: SplitCheck): string {
  if (!published) return `${number(records)} images`;
  const note = published.note ? ` (${published.note.replace(/\d{4,}/g, digits => number(Number(digits)))})` : '';
  if (records === published.count) return `${number(records)} images, as published${note}`;
  return `${number(records)} images; ${name} ${split} has ${number(published.count)}${note}: ${records < published.count ? `${number(published.count - records)} are not here` : `${number(records - published.count)} are too many`}`;
}

/** The check as a text for people. */
export function describeDataCheck(check: DataCheck): string {
  const lines: string[] = [];
  for (const split of check.splits) {
    lines.push(`${split.split}: ${describeCount(split)}`);
    if (!split.hasMasks) lines.push('  no masks');
    lines.push(split.bad.length ? `  ${split.bad.length} cannot be used:` : '  every image can be used');
    for (const { problems } of split.bad.slice(0, shown)) lines.push(`    ${problems.join('\n    ')}`);
    if (split.bad.length > shown) lines.push(`    … and ${split.bad.length - shown} more (--json lists all)`);
    if (split.unlabeled.length)
      lines.push(
        `  ${split.unlabeled.length} without any class: ${split.unlabeled.slice(0, 5).join(', ')}${split.unlabeled.length > 5 ? ', …' : ''}`,
      );
  }
  if (check.duplicates.length) {
    lines.push(`${check.duplicates.length} image${check.duplicates.length > 1 ? 's are' : ' is'} there twice:`);
    for (const { first, second, same } of check.duplicates.slice(0, shown))
      lines.push(`    ${first.split} ${first.id} = ${second.split} ${second.id} (same ${same})`);
    if (check.duplicates.length > shown) lines.push(`    … and ${check.duplicates.length - shown} more (--json lists all)`);
  } else if (check.splits.length > 1) lines.push('no image is in two splits');
  for (const { split, reason } of check.notOpened) lines.push(`${split}: not checked: ${reason}`);
  lines.push('', ...classTable(check));
  return lines.join('\n');
}

/** Rows are classes, columns splits: images, and the share of pixels where masks were read. */
function classTable({ splits }: DataCheck): string[] {
  const names = [...new Set(splits.flatMap(({ classes }) => classes.map(({ name }) => name)))];
  const width = Math.max(...names.map(name => name.length), 5);
  const cell = (text: string) => text.padStart(18);
  const rows = names.map(name =>
    [
      name.padEnd(width),
      ...splits.map(({ classes }) => {
        const row = classes.find(entry => entry.name === name);
        if (!row) return cell('');
        return cell(`${number(row.images)}${row.pixelShare === undefined ? '' : ` ${(100 * row.pixelShare).toFixed(2).padStart(6)} %`}`);
      }),
    ].join(' '),
  );
  return [
    [' '.repeat(width), ...splits.map(({ split }) => cell(split))].join(' '),
    ...rows,
    '(images with the class, and its share of the pixels)',
  ];
}
