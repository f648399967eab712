import { ConfusionMatrix } from '@wsss/metrics';
import type { DoneImage } from './over-images.js';

/** What an evaluation of a network scores: the segmentation, the same after a CRF, and the class activation maps. */
export type Scored = 'segmentation' | 'segmentationCrf' | 'cam' | 'auxiliaryCam';

/** What an evaluation counts of one image, small enough to be written down for each of many. */
export interface ImageCounts<Kind extends string = Scored> extends DoneImage {
  /** Cells of the image's confusion matrices that are not 0, by what was scored: cell, count, cell, count, … */
  counts: Partial<Record<Kind, number[]>>;
  /** F1 of the predicted image-level labels, if they were predicted. */
  f1?: number;
  /** Labeled pixels of the ground truth, if they were counted. */
  pixels?: number;
}

/**
 * Compares predictions of one image with its ground truth.
 *
 * @param truth Without one, nothing is counted.
 * @param ignorePrediction Pixels predicted as this are left out.
 */
export function countImage<Kind extends string>(
  about: DoneImage & { f1?: number },
  predictions: Partial<Record<Kind, ArrayLike<number>>>,
  truth: ArrayLike<number> | undefined,
  classes: number,
  ignorePrediction?: number,
): ImageCounts<Kind> {
  const counts: ImageCounts<Kind>['counts'] = {};
  if (truth)
    for (const [kind, prediction] of Object.entries(predictions) as [Kind, ArrayLike<number>][])
      counts[kind] = sparse(new ConfusionMatrix(classes).add(prediction, truth, { ignorePrediction }).counts);
  return { ...about, counts };
}

/** Entries that are not 0: position, value, position, value, … */
export function sparse(values: ArrayLike<number>): number[] {
  const pairs: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i]) pairs.push(i, values[i]!);
  return pairs;
}

/**
 * A confusion matrix of each thing scored, and the mean F1, over images in any order, each counted once.
 *
 * @param classes Classes with background, K.
 */
export function addUp<Kind extends string>(images: Iterable<ImageCounts<Kind>>, kinds: readonly Kind[], classes: number) {
  const byIndex = [...new Map([...images].map(image => [image.index, image])).values()].sort((a, b) => a.index - b.index);
  const matrices = Object.fromEntries(kinds.map(kind => [kind, new ConfusionMatrix(classes)])) as Record<Kind, ConfusionMatrix>;
  let f1 = 0;
  for (const image of byIndex) {
    for (const kind of kinds) {
      const pairs = image.counts[kind] ?? [];
      for (let i = 0; i < pairs.length; i += 2) matrices[kind].counts[pairs[i]!]! += pairs[i + 1]!;
    }
    f1 += image.f1 ?? Number.NaN;
  }
  return { images: byIndex.length, matrices, f1: f1 / byIndex.length };
}
