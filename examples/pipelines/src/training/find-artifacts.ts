import * as tf from '@tensorflow/tfjs-core';
import { artifactTokens } from '@wsss/cam';
import type { SegmentationDataset } from '@wsss/datasets';
import { interpolate } from '@wsss/ops';
import { normalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';

/** Artifact tokens among the auxiliary tokens of some images; see docs/method.md, section 6. */
interface FoundArtifacts {
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

/**
 * Looks for artifact tokens where the auxiliary classifier will read, in a few of the images that a run begins to train on.
 *
 * @param ratio A token is an artifact if its norm is more than this times the median of its image.
 * @returns null where there are none.
 */
async function findArtifacts(
  { encoder }: Pick<SegmentationNetwork, 'encoder'>,
  dataset: SegmentationDataset,
  recipe: Recipe,
): Promise<FoundArtifacts | null> {
  const backbone = backboneOf(recipe);
  const { crop, artifacts } = recipe;
  const count = Math.min(imagesLookedAt, dataset.length);
  const places = { corners: 0, border: 0, inside: 0 };
  let tokens = 0;
  let largest = 0;
  let channels: Float32Array | undefined;
  for (let i = 0; i < count; i++) {
    const picture = await dataset.image(Math.floor((i * dataset.length) / count)).catch(() => undefined);
    if (!picture) continue; // training will say so
    const { width, height, data } = picture;
    const [flags, norms, sizes, grid] = tf.tidy(() => {
      const square = interpolate(normalizeImages(data, [1, height, width, 3], backbone), [crop, crop], { mode: 'bilinear' });
      const { auxiliary, grid } = encoder.encode(square);
      const found = artifactTokens(auxiliary, artifacts.ratio);
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

/** What is done about artifact tokens, for people. */
export const remedies = {
  none: 'nothing is done about them, and the auxiliary CAM may be a spike there; see artifacts.remedy',
  layerNorm: 'a layer norm before the auxiliary classifier keeps them small',
  leaveOut: "they are left out of the auxiliary CAM's maximum and minimum",
};

/** What people should know about the artifact tokens of a run's first weights, in one line. */
function describeArtifacts({ share, largest, where, channel }: FoundArtifacts, remedy: keyof typeof remedies): string {
  const places = { corners: 'mostly in the corners', border: 'mostly at the border', inside: 'mostly inside the image' };
  const count = `${(100 * share).toFixed(1)} % of the tokens that the auxiliary classifier reads are artifacts`;
  return `${count} (up to ${largest.toFixed(0)} times the median norm, ${places[where]}, channel ${channel}): ${remedies[remedy]}`;
}

/** Decides what the recipe leaves to the weights: what is done about artifact tokens, if they have any. */
export async function settleArtifacts(
  recipe: Recipe,
  train: SegmentationDataset,
  network: SegmentationNetwork,
): Promise<{ recipe: Recipe; network: SegmentationNetwork; remark?: string }> {
  const found = await findArtifacts(network, train, recipe);
  const remedy = recipe.artifacts.remedy ?? (found && recipe.variant === 'fixed' ? 'layerNorm' : 'none');
  network.artifacts = { ...recipe.artifacts, remedy };
  return { recipe: { ...recipe, artifacts: network.artifacts }, network, remark: found ? describeArtifacts(found, remedy) : undefined };
}
