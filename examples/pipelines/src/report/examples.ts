import * as tf from '@tensorflow/tfjs-core';
import { boxMask, camToLabels, keptClasses, multiScaleCam, refinedLabels, validCam } from '@wsss/cam';
import { createRandom, type SegmentationDataset } from '@wsss/datasets';
import { drawKeyMasks, patchImportance, viewFlags } from '@wsss/mcc';
import { interpolate } from '@wsss/ops';
import type { SegmentationNetwork } from '../model/segmentation-network.js';
import { type Normalisation, normaliseImages } from '../normalise-images.js';
import type { Recipe } from '../recipes/recipe.js';
import { heatOverlay, labelOverlay, type Pixels, toDataUri, visibleOverlay } from './pictures.js';

/** One image of the report, with what the network makes of it. */
export interface Example {
  id: string;
  classes: string[];
  panels: { caption: string; uri: string }[];
}

/** Shows how a trained network sees some images: CAM, a local view's visible patches, pseudo label, prediction and truth. */
export async function reportExamples(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  recipe: Recipe,
  normalisation: Normalisation,
  count = 6,
): Promise<Example[]> {
  const size = recipe.evaluation.size ?? recipe.crop;
  const step = Math.max(1, Math.floor(dataset.length / count));
  const examples: Example[] = [];
  for (let index = 0; index < dataset.length && examples.length < count; index += step) {
    const [picture, truth, labels] = await Promise.all([dataset.image(index), dataset.mask!(index), dataset.labels(index)]);
    const side = network.encoder.config.patchSize;
    const grid: [number, number] = [Math.floor(size / side), Math.floor(size / side)];
    const random = createRandom(recipe.seed, 'report', index);
    const masks = drawKeyMasks(() => random.uniform(), 1, grid, recipe.masks);
    const tensors = tf.tidy(() => {
      const colours = interpolate(tf.tensor4d(Float32Array.from(picture.data), [1, picture.height, picture.width, 3]), [size, size], {
        mode: 'bilinear',
      });
      const image = normaliseImages(colours, [1, size, size, 3], normalisation);
      const heads = (x: tf.Tensor4D) => network.camLogits(network.encoder.encode(x));
      const [cam] = multiScaleCam(heads, image, { scales: recipe.cam.scales }) as [tf.Tensor4D];
      const present = tf.tensor2d(labels, [1, labels.length]);
      const { downScale, ...refinement } = recipe.refinement;
      const inside = boxMask(Int32Array.of(0, size, 0, size), [size, size]);
      return {
        colours: tf.cast(tf.round(tf.clipByValue(colours, 0, 255)), 'int32'),
        heat: tf.max(validCam(cam, present), 3),
        camLabels: camToLabels(cam, present, recipe.cam.background),
        flags: viewFlags(
          patchImportance(cam, present, grid, recipe.cam),
          tf.tensor4d(Float32Array.from(masks.hidden), [masks.count, 1, ...grid]),
          recipe.masks.positiveRatio,
        ),
        pseudo: refinedLabels(colours, cam, keptClasses(labels, labels.length), { ...recipe.cam, inside, downScale, refinement }),
        prediction: tf.argMax(interpolate(network.segment(network.encoder.encode(image)), [size, size], { mode: 'bilinear' }), 3),
        truth: tf.cast(
          interpolate(tf.tensor4d(Float32Array.from(truth.data), [1, truth.height, truth.width, 1]), [size, size], { mode: 'nearest' }),
          'int32',
        ),
      };
    });
    const read = async (tensor: tf.Tensor) => tensor.data();
    const pixels: Pixels = { width: size, height: size, data: Uint8Array.from(await read(tensors.colours)) };
    // Of the local views show one that sees something, a positive one if there is one.
    const perView = grid[0] * grid[1];
    const flags = [...(await read(tensors.flags))].slice(2);
    const sees = (view: number) => masks.hidden.subarray(view * perView, (view + 1) * perView).some(v => v === 0);
    const view = Math.max(
      0,
      flags.findIndex((flag, i) => flag === 1 && sees(i)) >= 0
        ? flags.findIndex((flag, i) => flag === 1 && sees(i))
        : flags.findIndex((_, i) => sees(i)),
    );
    const panels: [string, Pixels][] = [
      ['image', pixels],
      ['CAM', heatOverlay(pixels, await read(tensors.heat))],
      [
        `local view (${flags[view] ? 'positive' : 'negative'})`,
        visibleOverlay(pixels, masks.hidden.subarray(view * perView, (view + 1) * perView), grid[1], side),
      ],
      ['pseudo label', labelOverlay(pixels, await read(tensors.pseudo))],
      ['prediction', labelOverlay(pixels, await read(tensors.prediction))],
      ['truth', labelOverlay(pixels, await read(tensors.truth))],
    ];
    tf.dispose(tensors);
    examples.push({
      id: dataset.id(index),
      classes: dataset.classes.filter((_, c) => labels[c]! > 0),
      panels: await Promise.all(panels.map(async ([caption, panel]) => ({ caption, uri: await toDataUri(panel) }))),
    });
  }
  return examples;
}
