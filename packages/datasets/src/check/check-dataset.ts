import pLimit from 'p-limit';
import { ignoreLabel, type SegmentationDataset } from '../dataset.js';
import { checkRecord, type RecordCheck } from './check-record.js';

/** What {@link checkDataset} found in a split. */
export interface DatasetCheck {
  name: string;
  split: string;
  records: number;
  /** Records with something wrong, in order of the dataset. */
  bad: { index: number; id: string; problems: string[] }[];
  /** What is wrong with the split as a whole. */
  problems: string[];
  /** Names of good records that have no class. */
  unlabeled: string[];
  /** Names of pictures that EXIF turns upright. */
  turned: string[];
  /** For each class, background first, ignore last: how many pictures it is in, and its share of the masks' pixels where they were read. */
  classes: { name: string; label: number; images: number; pixelShare?: number }[];
  /** SHA-256 of each image that was read whole, by the record's name. */
  hashes: ReadonlyMap<string, string>;
}

/**
 * Checks every record of a split, several at a time.
 *
 * @param options.thorough decode everything; default true
 * @param options.indices only these records
 * @returns what is wrong and what is in it; the same whatever the order in which files were read
 * @throws the signal's reason if it is aborted
 * @example
 * const { bad, classes } = await checkDataset(await openVoc({ root, split: 'val', checkFiles: false }));
 */
export async function checkDataset(
  dataset: SegmentationDataset,
  options: {
    thorough?: boolean;
    indices?: readonly number[];
    onProgress?: (done: number, total: number) => void;
    signal?: AbortSignal;
  } = {},
): Promise<DatasetCheck> {
  const { thorough = true, indices = Array.from({ length: dataset.length }, (_, i) => i), onProgress, signal } = options;
  let done = 0;
  const checks = await pLimit(8).map(indices, async index => {
    signal?.throwIfAborted();
    const check = await checkRecord(dataset, index, thorough);
    onProgress?.(++done, indices.length);
    return check;
  });
  const good = checks.filter(({ problems }) => !problems.length);
  const labeled = good.filter(({ labels }) => labels);
  const pixels = new Float64Array(ignoreLabel + 1);
  for (const { pixels: found } of good) found?.forEach((count, label) => void (pixels[label]! += count));
  const all = pixels.reduce((sum, count) => sum + count, 0);
  const imagesWith = (label: number) => good.filter(({ pixels: found }) => found?.[label]).length;
  const share = (label: number) => all > 0 && { pixelShare: pixels[label]! / all };
  const row = (name: string, label: number, images: number) => ({ name, label, images, ...share(label) });
  return {
    name: dataset.name,
    split: dataset.split,
    records: indices.length,
    bad: checks.filter(({ problems }) => problems.length).map(({ index, id, problems }) => ({ index, id, problems })),
    problems: blackAndWhite(good, pixels),
    unlabeled: labeled.filter(({ labels }) => !labels!.includes(1)).map(({ id }) => id),
    turned: checks.flatMap(({ id, orientation }) => (orientation ? [id] : [])),
    classes: [
      ...(all > 0 ? [row('background', 0, imagesWith(0))] : []),
      ...dataset.classes.map((name, k) => row(name, k + 1, labeled.filter(({ labels }) => labels![k]).length)),
      ...(all > 0 ? [row('ignore', ignoreLabel, imagesWith(ignoreLabel))] : []),
    ],
    hashes: new Map(good.flatMap(({ id, hash }) => (hash ? [[id, hash] as const] : []))),
  };
}

/** What to say of masks that are black and white where pictures have classes: 255 is ignored, so nothing of a class would be left. */
function blackAndWhite(records: readonly RecordCheck[], pixels: Float64Array): string[] {
  const hidden = records.filter(({ labels, pixels: found }) => labels?.includes(1) && found?.[ignoreLabel]);
  if (!hidden.length || pixels.subarray(1, ignoreLabel).some(count => count > 0)) return [];
  return [
    `no mask has a label but 0 and ${ignoreLabel}, which is ignored, and ${hidden.length} of these pictures have a class: if white is ` +
      'that class, save it as the label of the class',
  ];
}

/** A picture that is in two places. */
export interface Duplicate {
  first: { split: string; id: string };
  second: { split: string; id: string };
  /** The same name in two splits, or files of the same content under different names. */
  same: 'name' | 'content';
}

/**
 * Pictures that are twice in the data: files of equal content, under the same name in two splits or anywhere under another. Different
 * pictures may have one name. What is in training and validation alike makes scores too good.
 */
export function findDuplicates(checks: readonly Pick<DatasetCheck, 'split' | 'hashes'>[]): Duplicate[] {
  const duplicates: Duplicate[] = [];
  const byContent = new Map<string, Duplicate['first'][]>();
  for (const { split, hashes } of checks)
    for (const [id, hash] of hashes) {
      const second = { split, id };
      const equal = byContent.get(hash) ?? [];
      const named = equal.find(other => other.id === id);
      if (named) duplicates.push({ first: named, second, same: 'name' });
      else if (equal[0]) duplicates.push({ first: equal[0], second, same: 'content' });
      byContent.set(hash, [...equal, second]);
    }
  return duplicates;
}
