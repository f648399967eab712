import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { boxMask, keptClasses, refinedLabels, validCam } from '@wsss/cam';
import { createRandom, type SegmentationDataset } from '@wsss/datasets';
import { readFileSync } from '@wsss/files';
import { drawKeyMasks, patchImportance, viewFlags } from '@wsss/mcc';
import { interpolate } from '@wsss/ops';
import { writeAtomically } from '@wsss/train';
import { classAttention } from '@wsss/vit';
import { chooseExamples, type ExampleKind, type ImageScore, type ImageScores } from '../evaluation/image-scores.js';
import { hostValues } from '../inference/host-values.js';
import { normalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { runFiles } from '../run/folder.js';
import { encodePicture, heatOverlay, labelOverlay, type Pixels, patchesToPixels, relativeToLargest, visibleOverlay } from './pictures.js';

/** What is shown of an image. */
export const panelNames = ['image', 'truth', 'prediction', 'pseudo label', 'CAM', 'attention', 'local view'] as const;
export type PanelName = (typeof panelNames)[number];

/** One image of a report, with what the network makes of it; an entry of `examples/index.json`. */
export interface ExampleRecord {
  index: number;
  id: string;
  kind: ExampleKind;
  /** Labels in the truth or the prediction, 0 = background. */
  labels: number[];
  miou: ImageScore['miou'];
  /** Whether the local view that is shown is positive. */
  positiveView: boolean;
  /** Files by what they show, relative to the run's folder. */
  panels: Record<PanelName, string>;
}

/** Pixels of a panel are at most about the square of this. */
const PANEL_SIDE = 320;

/**
 * Writes the panels of chosen images into the folder of a run; `examples/index.json`, the list of them, comes last. Which images are the
 * best and the worst, the run's last evaluation has written down.
 */
export async function writeExamples(
  out: string,
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  recipe: Recipe,
): Promise<void> {
  const { examples: folder, imageScores } = runFiles(out);
  const { images } = existsSync(imageScores) ? (JSON.parse(readFileSync(imageScores, 'utf8')) as ImageScores) : { images: [] };
  const records: ExampleRecord[] = [];
  for (const { index, kind } of chooseExamples(images, dataset.length)) {
    const { panels, labels, positiveView, proportions } = await look(network, dataset, index, recipe);
    const names = await Promise.all(
      Object.entries(panels).map(async ([name, panel]) => {
        const file = join(folder, `${String(index).padStart(6, '0')}-${name.replace(' ', '-').toLowerCase()}.jpg`);
        await writeAtomically(file, await encodePicture(panel, proportions));
        return [name, relative(out, file)] as const;
      }),
    );
    const miou = images.find(image => image.index === index)?.miou ?? {};
    const named = Object.fromEntries(names) as ExampleRecord['panels'];
    records.push({ index, id: dataset.id(index), kind, labels, miou, positiveView, panels: named });
  }
  await writeAtomically(join(folder, 'index.json'), `${JSON.stringify(records, null, 1)}\n`);
}

/** What the network makes of one image, at the size of evaluations during training. */
async function look(network: SegmentationNetwork, dataset: SegmentationDataset, index: number, recipe: Recipe) {
  const size = recipe.evaluation.size ?? recipe.crop;
  const [picture, truth, labels] = await Promise.all([dataset.image(index), dataset.mask!(index), dataset.labels(index)]);
  const side = network.encoder.config.patchSize;
  const grid: [number, number] = [Math.floor(size / side), Math.floor(size / side)];
  const random = createRandom(recipe.seed, 'report', index);
  const masks = drawKeyMasks(() => random.uniform(), 1, grid, recipe.masks);
  const tensors = tf.tidy(() => {
    const pixels = tf.tensor4d(Float32Array.from(picture.data), [1, picture.height, picture.width, 3]);
    const colors = interpolate(pixels, [size, size], { mode: 'bilinear' });
    const image = normalizeImages(colors, [1, size, size, 3], backboneOf(recipe));
    const encoding = network.encoder.encode(image);
    const [cam] = network.multiScaleCams(image, encoding, recipe.cam.scales);
    const present = tf.tensor2d(labels, [1, labels.length]);
    const { downScale, ...refinement } = recipe.par;
    const inside = boxMask(Int32Array.of(0, size, 0, size), [size, size]);
    const mask = tf.tensor4d(Float32Array.from(truth.data), [1, truth.height, truth.width, 1]);
    return {
      colors: tf.cast(tf.round(tf.clipByValue(colors, 0, 255)), 'int32'),
      heat: tf.max(validCam(cam, present), 3),
      attention: tf.mean(classAttention(network.encoder, image), 3),
      flags: tf.slice(
        viewFlags(
          patchImportance(cam, present, grid, recipe.cam),
          tf.tensor4d(Float32Array.from(masks.hidden), [masks.count, 1, ...grid]),
          recipe.masks.positiveRatio,
        ),
        [0, 2],
        [1, -1],
      ),
      pseudo: refinedLabels(colors, cam, keptClasses(labels, labels.length), { ...recipe.cam, inside, downScale, refinement }),
      prediction: tf.argMax(interpolate(network.segment(encoding), [size, size], { mode: 'bilinear' }), 3),
      truth: tf.cast(interpolate(mask, [size, size], { mode: 'nearest' }), 'int32'),
    };
  });
  const { colors, heat, attention, flags, pseudo, prediction, truth: mask } = await hostValues(tensors);
  const pixels: Pixels = { width: size, height: size, data: Uint8Array.from(colors) };
  // Of the local views one that sees something, a positive one if there is one.
  const hiddenBy = (view: number) => masks.hidden.subarray(view * grid[0] * grid[1], (view + 1) * grid[0] * grid[1]);
  const seeing = [...flags.keys()].filter(view => hiddenBy(view).some(hidden => !hidden));
  const view = seeing.find(v => flags[v] === 1) ?? seeing[0] ?? 0;
  const panels: Record<PanelName, Pixels> = {
    image: pixels,
    truth: labelOverlay(pixels, mask),
    prediction: labelOverlay(pixels, prediction),
    'pseudo label': labelOverlay(pixels, pseudo),
    CAM: heatOverlay(pixels, heat),
    attention: heatOverlay(pixels, patchesToPixels(relativeToLargest(attention), pixels, side)),
    'local view': visibleOverlay(pixels, hiddenBy(view), side),
  };
  const seen = new Set([...mask, ...prediction].filter(label => label !== 255));
  const area = Math.min(size, PANEL_SIDE) ** 2;
  const factor = Math.sqrt(area / (picture.width * picture.height));
  return {
    panels,
    labels: [...seen].sort((a, b) => a - b),
    positiveView: flags[view] === 1,
    proportions: { width: Math.round(picture.width * factor), height: Math.round(picture.height * factor) },
  };
}
