import * as tf from '@tensorflow/tfjs-core';
import { drawRandomResizedCrop, type Picture, type Rectangle, resize, resizedCrop } from '@wsss/datasets/augment';
import { createRandom } from '@wsss/datasets/random';
import { drawKeyMasks } from '@wsss/mcc';
import { normalizeImages } from '../network/normalize.js';
import type { ArtifactRemedy, SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { recipes } from '../recipes/registry.js';
import { scheduleOf } from '../recipes/schedule.js';
import type { LoadedTraining } from '../run/checkpoint.js';
import { affinityMeans, explainNetwork, type NetworkExplanation } from './explain-network.js';

interface ExplanationOptions {
  picture: Picture;
  name: string;
  /** Image-level labels [C]; default: the classes that the classifier finds. */
  labels?: Float32Array;
  /** A place in the picture, in its pixels, whose patch is looked at; default: where the CAM is strongest. */
  place?: { x: number; y: number };
  /** Pixels of the image that the network sees are about the square of this. Default: the crop of the recipe. */
  size?: number;
  /** Seed of view 2 and of the key masks. */
  seed: number;
}

export interface Explanation {
  name: string;
  /** The image that the network sees. */
  picture: Picture;
  grid: [rows: number, columns: number];
  patchSize: number;
  classes: readonly string[];
  labels: Float32Array;
  labelsFrom: 'given' | 'predicted';
  mainCamForMasks: boolean;
  /** Patches whose token is an artifact where the auxiliary classifier reads; see docs/method.md, section 6. */
  artifacts: { patches: number[]; largest: number; remedy: ArtifactRemedy };
  /** What decides about importance and flags. */
  thresholds: { low: number; high: number; positiveRatio: number };
  patch: { row: number; column: number; index: number };
  view2: { picture: Picture; rectangle: Rectangle };
  /**
   * Local views: which of the [N] patches each hides (1), how many are left, the sum of their importance (0, 1 or 2 each), and what
   * it must exceed for the view to be positive.
   */
  views: { hidden: number[]; visible: number; importance: number; threshold: number; positive: boolean }[];
  after: NetworkExplanation;
  before?: NetworkExplanation;
  /** Mean affinity of patches labeled alike and differently by the trained network, for each network. */
  affinity: Record<'after' | 'before', { same: number; different: number } | undefined>;
}

/**
 * What MCC sees in one image: CAMs and importance of its patches, affinity, local views with their flags, and the logits of the contrast,
 * of a trained network and, beside it, of the network before.
 *
 * @throws Error when the place lies outside the picture, or nothing is labeled.
 */
export async function explainImage(
  training: Pick<LoadedTraining, 'network' | 'info'>,
  before: SegmentationNetwork | undefined,
  { picture, name, labels: given, place, size, seed }: ExplanationOptions,
): Promise<Explanation> {
  const { network, info } = training;
  const { recipe, classes } = info;
  const { patchSize } = network.encoder.config;
  if (place && !(place.x >= 0 && place.y >= 0 && place.x < picture.width && place.y < picture.height))
    throw new Error(`--patch: ${place.x},${place.y} lies outside ${name}, which is ${picture.width}×${picture.height}`);
  // In the proportions of the picture, as large as a training crop, a multiple of the patch in both directions.
  const factor = (size ?? recipe.crop) / Math.sqrt(picture.width * picture.height);
  const multiple = (side: number) => Math.max(1, Math.round((side * factor) / patchSize));
  const grid: [number, number] = [multiple(picture.height), multiple(picture.width)];
  const [height, width] = [grid[0] * patchSize, grid[1] * patchSize];
  const view1 = resize(picture, { width, height }, 'bilinear');
  const random = createRandom(seed, 'explain');
  const rectangle = drawRandomResizedCrop(random, picture, recipe.augmentation.view2.resizedCrop);
  const view2 = resizedCrop(picture, rectangle, recipe.crop);
  const masks = drawKeyMasks(() => random.uniform(), 1, grid, recipe.masks);

  const backbone = backboneOf(recipe);
  const image = normalizeImages(view1.data, [1, height, width, 3], backbone);
  const globalView = normalizeImages(view2.data, [1, recipe.crop, recipe.crop, 3], backbone);
  try {
    const labels = given ?? (await predictedLabels(network, image));
    if (!labels.some(label => label > 0)) throw new Error(`${name}: no class is labeled; name some with --labels`);
    const mainCamForMasks = info.iteration > scheduleOf(recipe, recipes[info.dataset].shares).mainCamForMasksAfter;
    const inputs = { image, globalView, masks, labels, recipe, mainCamForMasks };
    const after = await explainNetwork(network, inputs);
    // Both networks are compared on the same views with the same flags: those of the trained one.
    const earlier = before && (await explainNetwork(before, { ...inputs, flags: after.flags }));
    const patches = grid[0] * grid[1];
    const at = place
      ? { row: Math.floor((place.y / picture.height) * grid[0]), column: Math.floor((place.x / picture.width) * grid[1]) }
      : strongestPatch(after.cam, grid, patchSize);
    return {
      name,
      picture: view1,
      grid,
      patchSize,
      classes,
      labels,
      labelsFrom: given ? 'given' : 'predicted',
      mainCamForMasks,
      artifacts: {
        patches: [...after.tokenNorms].flatMap((norm, patch) => (norm > recipe.artifacts.ratio ? [patch] : [])),
        largest: Math.max(...after.tokenNorms),
        remedy: network.artifacts.remedy,
      },
      thresholds: { low: recipe.cam.low, high: recipe.cam.high, positiveRatio: recipe.masks.positiveRatio },
      patch: { ...at, index: at.row * grid[1] + at.column },
      view2: { picture: view2, rectangle },
      views: after.flags.map((flag, view) => {
        const hidden = [...masks.hidden.subarray(view * patches, (view + 1) * patches)];
        const seen = hidden.flatMap((isHidden, patch) => (isHidden ? [] : [patch]));
        return {
          hidden,
          visible: seen.length,
          importance: seen.reduce((sum, patch) => sum + after.importance[patch]!, 0),
          threshold: recipe.masks.positiveRatio * seen.length,
          positive: flag === 1,
        };
      }),
      after,
      before: earlier,
      affinity: {
        after: affinityMeans(after.affinity, after.patchLabels),
        before: earlier && affinityMeans(earlier.affinity, after.patchLabels),
      },
    };
  } finally {
    tf.dispose([image, globalView]);
  }
}

/** The classes that are named; the likeliest if none is. */
async function predictedLabels(network: SegmentationNetwork, image: tf.Tensor4D): Promise<Float32Array> {
  const logits = tf.tidy(() => network.classify(network.encoder.encode(image)).naming);
  const values = await logits.data();
  logits.dispose();
  const least = Math.min(0, Math.max(...values));
  return Float32Array.from(values, value => (value >= least ? 1 : 0));
}

/** Where the mean of a map [H·W] over a patch is largest. */
function strongestPatch(map: Float32Array, [rows, columns]: readonly [number, number], side: number): { row: number; column: number } {
  const sums = new Float64Array(rows * columns);
  map.forEach((value, i) => {
    sums[Math.floor(i / (columns * side) / side) * columns + Math.floor((i % (columns * side)) / side)]! += value;
  });
  const best = sums.indexOf(Math.max(...sums));
  return { row: Math.floor(best / columns), column: best % columns };
}
