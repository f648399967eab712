import * as tf from '@tensorflow/tfjs-core';
import { artifactTokens } from '@wsss/cam';
import type { SegmentationDataset } from '@wsss/datasets';
import { interpolate } from '@wsss/ops';
import type { VisionTransformer } from '@wsss/vit';
import { normalizeImages } from '../network/normalize.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';

/** Artifact tokens among the auxiliary tokens of some images; see docs/method.md, section 6. */
export interface FoundArtifacts {
  /** Share of the tokens. */
  share: number;
  /** Largest norm, in medians of its image. */
  largest: number;
  /** Where more than half of them are. */
  where: 'corners' | 'border' | 'inside';
  /** The channel in which they are largest. */
  channel: number;
}

const imagesLookedAt = 4;

/** A few of the images that a run begins to train on, as squares of its crop: float32 [1, S, S, 3] each, normalized. The caller's. */
export async function imagesToLookAt(dataset: SegmentationDataset, recipe: Recipe): Promise<tf.Tensor4D[]> {
  const backbone = backboneOf(recipe);
  const count = Math.min(imagesLookedAt, dataset.length);
  const found: tf.Tensor4D[] = [];
  for (let i = 0; i < count; i++) {
    const picture = await dataset.image(Math.floor((i * dataset.length) / count)).catch(() => undefined);
    if (!picture) continue; // training will say so
    const { width, height, data } = picture;
    const size = [recipe.crop, recipe.crop] as const;
    found.push(tf.tidy(() => interpolate(normalizeImages(data, [1, height, width, 3], backbone), size, { mode: 'bilinear' })));
  }
  return found;
}

/**
 * Looks for artifact tokens where the auxiliary classifier will read.
 *
 * @param images float32 [1, S, S, 3] each, normalized.
 * @param ratio A token is an artifact if its norm is more than this times the median of its image.
 * @returns null where there are none.
 */
export async function findArtifacts(
  encoder: VisionTransformer,
  images: readonly tf.Tensor4D[],
  ratio: number,
): Promise<FoundArtifacts | null> {
  const places = { corners: 0, border: 0, inside: 0 };
  let tokens = 0;
  let largest = 0;
  let channels: Float32Array | undefined;
  for (const image of images) {
    const [flags, norms, sizes, grid] = tf.tidy(() => {
      const { auxiliary, grid } = encoder.encode(image);
      const found = artifactTokens(auxiliary, ratio);
      const ofFound = tf.matMul(found, tf.reshape(tf.abs(auxiliary), auxiliary.shape.slice(1) as [number, number]));
      return [found, tf.norm(auxiliary, 'euclidean', 2), ofFound, grid] as const;
    });
    const [isArtifact, lengths, sums] = await Promise.all([flags.data(), norms.data(), sizes.data()]);
    tf.dispose([flags, norms, sizes]);
    const median = [...lengths].sort((a, b) => b - a)[Math.floor(lengths.length / 2)]!;
    largest = Math.max(largest, ...lengths.map(length => length / median));
    tokens += lengths.length;
    channels = channels ? channels.map((sum, c) => sum + sums[c]!) : Float32Array.from(sums);
    isArtifact.forEach((found, place) => {
      if (found) places[placeOf(Math.floor(place / grid[1]), place % grid[1], grid)]++;
    });
  }
  const all = places.corners + places.border + places.inside;
  if (!all) return null;
  const where = (['corners', 'border', 'inside'] as const).reduce((most, place) => (places[place] > places[most] ? place : most));
  return { share: all / tokens, largest, where, channel: channels!.indexOf(Math.max(...channels!)) };
}

/** Corners reach two patches far: artifacts lie there, or one patch beside. */
function placeOf(row: number, column: number, [rows, columns]: readonly [number, number]): 'corners' | 'border' | 'inside' {
  const fromEdge = (at: number, side: number) => Math.min(at, side - 1 - at);
  const [down, across] = [fromEdge(row, rows), fromEdge(column, columns)];
  if (down < 2 && across < 2) return 'corners';
  return down < 2 || across < 2 ? 'border' : 'inside';
}
