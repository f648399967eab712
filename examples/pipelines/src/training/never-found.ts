import * as tf from '@tensorflow/tfjs-core';
import type { SegmentationDataset } from '@wsss/datasets';
import { interpolate } from '@wsss/ops';
import { normalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';

/** A class that is named in no image that has it. */
export interface NeverFound {
  name: string;
  /** Images with the class that were looked at. */
  images: number;
}

/**
 * Classes that a network finds in none of the images that have them, among the first images of a dataset: each class is looked for in up to
 * `most` of its images.
 */
export async function neverFound(
  network: Pick<SegmentationNetwork, 'encoder' | 'classify'>,
  dataset: SegmentationDataset,
  recipe: Recipe,
  most = 4,
): Promise<NeverFound[]> {
  const classes = dataset.classes.map(name => ({ name, images: 0, found: false }));
  const open = () => classes.some(({ images, found }) => !found && images < most);
  for (let i = 0; i < Math.min(dataset.length, 16 * classes.length) && open(); i++) {
    const labels = await dataset.labels(i);
    const wanted = classes.filter(({ images, found }, c) => labels[c]! > 0 && !found && images < most);
    if (!wanted.length) continue;
    const logits = await logitsOf(network, await dataset.image(i), recipe);
    for (const [c, each] of classes.entries())
      if (labels[c]! > 0) {
        each.images++;
        each.found ||= logits[c]! > 0;
      }
  }
  return classes.filter(({ images, found }) => images && !found).map(({ name, images }) => ({ name, images }));
}

async function logitsOf(
  network: Pick<SegmentationNetwork, 'encoder' | 'classify'>,
  { width, height, data }: { width: number; height: number; data: Uint8Array },
  recipe: Recipe,
): Promise<ArrayLike<number>> {
  const size = recipe.evaluation.size ?? recipe.crop;
  const logits = tf.tidy(() => {
    const image = normalizeImages(data, [1, height, width, 3], backboneOf(recipe));
    return network.classify(network.encoder.encode(interpolate(image, [size, size], { mode: 'bilinear' }))).naming;
  });
  const values = await logits.data();
  logits.dispose();
  return values;
}
