import type { SegmentationDataset } from '@wsss/datasets';
import { someLabels } from '../recipes/some-labels.js';

/** What training gives whoever does not look at the images, but knows how frequent the classes are. */
export interface Guess {
  /** The best F1 of the labels, in [0, 1]. */
  f1: number;
  /** The smallest classification loss. */
  loss: number;
}

/** The guess from some of the labels of a dataset; NaN where none can be read. */
export async function guessOf(dataset: SegmentationDataset): Promise<Guess> {
  const known = await someLabels(dataset);
  return known.length ? { f1: guessedF1(known), loss: guessedLoss(known) } : { f1: Number.NaN, loss: Number.NaN };
}

/**
 * The best F1 without looking at the images: the mean for whoever says the same most frequent classes of every image.
 *
 * @param labels Of some images: [C] each, 0 or 1.
 */
export function guessedF1(labels: readonly ArrayLike<number>[]): number {
  const frequent = counts(labels)
    .map((images, c) => ({ c, images }))
    .sort((a, b) => b.images - a.images);
  const f1 = (said: readonly { c: number }[]) =>
    labels.reduce((sum, of) => {
      const both = said.reduce((n, { c }) => n + of[c]!, 0);
      const there = Array.from(of).reduce((n, label) => n + label, 0);
      return sum + (2 * both) / (said.length + there);
    }, 0) / labels.length;
  return Math.max(0, ...frequent.map((_, i) => f1(frequent.slice(0, i + 1))));
}

/**
 * The smallest classification loss without looking at the images: of each class's share of the images as its probability, a mean over
 * classes.
 *
 * @param labels Of some images, at least one: [C] each, 0 or 1.
 */
export function guessedLoss(labels: readonly ArrayLike<number>[]): number {
  const part = (share: number) => (share > 0 ? -share * Math.log(share) : 0);
  const shares = counts(labels).map(images => images / labels.length);
  return shares.reduce((sum, share) => sum + part(share) + part(1 - share), 0) / shares.length;
}

/** How many of the images show each class. */
const counts = (labels: readonly ArrayLike<number>[]): number[] =>
  Array.from(labels[0] ?? [], (_, c) => labels.reduce((sum, of) => sum + of[c]!, 0));
