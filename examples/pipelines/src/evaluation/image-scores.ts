import { scores } from '@wsss/metrics';
import { addUp, type ImageCounts, type Scored } from './image-counts.js';

/** How well one image was segmented: mean IoU over the classes that are in it, in [0, 1]. */
export interface ImageScore {
  index: number;
  id: string;
  /** Of what was scored. */
  miou: Partial<Record<Scored, number>>;
}

/** The images of an evaluation, and how far the network was then. */
export interface ImageScores {
  iteration: number;
  images: ImageScore[];
}

/** @param classes Classes with background, K. */
export function imageScore(image: ImageCounts, classes: number): ImageScore {
  const kinds = Object.keys(image.counts) as Scored[];
  const { matrices } = addUp([image], kinds, classes);
  const miou = Object.fromEntries(kinds.map(kind => [kind, Number(scores(matrices[kind]).miou.toFixed(4))]));
  return { index: image.index, id: image.id, miou };
}

export const exampleKinds = ['typical', 'best', 'worst'] as const;
export type ExampleKind = (typeof exampleKinds)[number];

/**
 * Images worth looking at: some spread evenly over the data set, which are the same in every run on it, and the best and the worst of the
 * others by the IoU of their segmentation.
 *
 * @param length Images of the data set.
 * @param each How many of each kind.
 */
export function chooseExamples(images: readonly ImageScore[], length: number, each = 4): { index: number; kind: ExampleKind }[] {
  const step = Math.max(1, Math.floor(length / each));
  const typical = Array.from({ length: Math.min(each, length) }, (_, i) => i * step);
  const ranked = images
    .filter(({ index, miou }) => !typical.includes(index) && Number.isFinite(miou.segmentation))
    .sort((a, b) => b.miou.segmentation! - a.miou.segmentation! || a.index - b.index)
    .map(({ index }) => index);
  const best = ranked.slice(0, Math.min(each, Math.ceil(ranked.length / 2)));
  const worst = ranked.slice(best.length).slice(-each).reverse();
  return Object.entries({ typical, best, worst }).flatMap(([kind, indices]) =>
    indices.map(index => ({ index, kind: kind as ExampleKind })),
  );
}
