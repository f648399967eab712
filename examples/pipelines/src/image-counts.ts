import { ConfusionMatrix } from '@wsss/metrics';

/** What an evaluation can score: the segmentation, the same refined by a CRF, and the class activation maps. */
export type Scored = 'segmentation' | 'refined' | 'cam' | 'auxiliaryCam';

/** What an evaluation counts of one image, small enough to be written down for each of many. */
export interface ImageCounts {
  index: number;
  id: string;
  /** Cells of the image's confusion matrices that are not 0: cell, count, cell, count, … */
  counts: Partial<Record<Scored, number[]>>;
  /** F1 of the predicted image-level labels, if they were predicted. */
  f1?: number;
}

/** Totals over images: a confusion matrix of each thing scored, and the mean F1. */
export interface Totals {
  images: number;
  matrices: Partial<Record<Scored, ConfusionMatrix>>;
  f1: number;
}

/** Compares predictions of one image with its ground truth. */
export function countImage(
  about: { index: number; id: string; f1?: number },
  predictions: Partial<Record<Scored, ArrayLike<number>>>,
  truth: ArrayLike<number>,
  classes: number,
): ImageCounts {
  const counts: ImageCounts['counts'] = {};
  for (const [kind, prediction] of Object.entries(predictions) as [Scored, ArrayLike<number>][]) {
    const pairs: number[] = [];
    new ConfusionMatrix(classes).add(prediction, truth).counts.forEach((count, cell) => {
      if (count) pairs.push(cell, count);
    });
    counts[kind] = pairs;
  }
  return { ...about, counts };
}

/**
 * Adds up images; the result is the same whatever order they come in, and an image counts once.
 *
 * @param classes Classes with background, K.
 */
export function addUp(images: Iterable<ImageCounts>, kinds: readonly Scored[], classes: number): Totals {
  const byIndex = [...new Map([...images].map(image => [image.index, image])).values()].sort((a, b) => a.index - b.index);
  const matrices: Totals['matrices'] = Object.fromEntries(kinds.map(kind => [kind, new ConfusionMatrix(classes)]));
  let f1 = 0;
  for (const image of byIndex) {
    for (const kind of kinds) {
      const pairs = image.counts[kind] ?? [];
      for (let i = 0; i < pairs.length; i += 2) matrices[kind]!.counts[pairs[i]!]! += pairs[i + 1]!;
    }
    f1 += image.f1 ?? Number.NaN;
  }
  return { images: byIndex.length, matrices, f1: f1 / byIndex.length };
}
