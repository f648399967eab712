import * as tf from '@tensorflow/tfjs-core';
import { camToLabels } from '@wsss/cam';
import type { LabelMap, SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { multilabelF1 } from '@wsss/metrics';
import { interpolate } from '@wsss/ops';
import type { Communicator } from '@wsss/parallel';
import { Progress, type TextStream, writeAtomically } from '@wsss/train';
import { type ClassActivationOptions, type SquareMaps, squareMaps } from '../inference/class-activations.js';
import type { Crf } from '../inference/crf.js';
import { requireFiniteOutput } from '../inference/finite-output.js';
import { hostValues } from '../inference/host-values.js';
import { singleProtocol } from '../inference/segmenter.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { countImage, type ImageCounts } from './image-counts.js';
import { imageScore } from './image-scores.js';
import { type ImagePass, overImages, type PassResult } from './over-images.js';
import { type EvaluationSummary, summarize } from './summary.js';

interface EvaluationOptions extends ClassActivationOptions {
  /** CAM values at or below this are background. */
  background: number;
  /** Images evaluated together. */
  batch: number;
  /** Refines the segmentation, and that is scored too. */
  crf?: Crf;
}

/**
 * The evaluation of the reference program during training: images resized to a square (not keeping their proportions), segmentation by
 * argmax, multi-scale CAMs of the image's true classes by one threshold, all compared at the size of the mask.
 *
 * @throws Error when the split has no masks.
 */
export async function evaluate(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  pass: ImagePass<ImageCounts>,
  options: EvaluationOptions,
): Promise<PassResult<ImageCounts>> {
  const { batch, background, crf } = options;
  const { mask } = dataset;
  if (!mask) throw new Error(`${dataset.name} ${dataset.split} has no masks to evaluate against; use another split`);
  const { run, dispose } = squareMaps(network, options, pass.engine, true);
  return overImages(dataset, pass, {
    batch,
    read: async index => {
      const [picture, truth, labels] = await Promise.all([dataset.image(index), mask(index), dataset.labels(index)]);
      return { picture, truth, labels };
    },
    compute: async images => {
      const maps = await run(images.map(({ picture }) => picture));
      const logits = await maps.logits.data();
      requireFiniteOutput(logits);
      const found = [];
      for (const [i, image] of images.entries()) {
        const predicted = Int32Array.from(image.labels, (_, c) => (logits[i * network.classes + c]! > 0 ? 1 : 0));
        found.push({ ...image, predicted, ...(await labelMaps(maps, i, image, background, crf !== undefined)) });
      }
      tf.dispose(Object.values(maps));
      return found;
    },
    finish: async ({ picture, truth, labels, predicted, probabilities, maps }, about) => {
      const segmentationCrf = crf && { segmentationCrf: await crf(picture, probabilities!, about.id) };
      const f1 = multilabelF1(predicted, labels);
      return { done: countImage({ ...about, f1 }, { ...maps, ...segmentationCrf }, truth.data, network.classes + 1) };
    },
  }).finally(dispose);
}

/** Label maps of the i-th image of a batch at the size of its mask; and what a CRF takes, if wanted. */
async function labelMaps(
  { segmentation, main, auxiliary }: SquareMaps,
  i: number,
  { truth, labels }: { truth: LabelMap; labels: Float32Array },
  background: number,
  withProbabilities: boolean,
) {
  const tensors = tf.tidy(() => {
    const atTruth = (map: tf.Tensor4D) =>
      interpolate(tf.slice(map, [i, 0, 0, 0], [1, -1, -1, -1]), [truth.height, truth.width], { mode: 'bilinear' });
    const present = tf.tensor2d(labels, [1, labels.length]);
    const logits = atTruth(segmentation!);
    return {
      segmentation: tf.argMax(logits, 3),
      cam: camToLabels(atTruth(main), present, background),
      auxiliaryCam: camToLabels(atTruth(auxiliary), present, background),
      ...(withProbabilities && { probabilities: tf.softmax(logits) }),
    };
  });
  const { probabilities, ...maps } = await hostValues(tensors);
  return { maps, probabilities: probabilities as Float32Array | undefined };
}

interface EvaluationInRun {
  dataset: SegmentationDataset;
  recipe: Recipe;
  /** Classes whose mean IoU with background is reported too. */
  meanOver?: readonly string[];
  engine: Engine;
  /** The ranks that share the work. Default: this process alone. */
  job?: Communicator;
  /** Where its progress is shown. */
  stream: TextStream;
  signal: AbortSignal;
  /** Where to write how well each image was segmented, if anywhere. */
  imageScores?: string;
}

/** Scores a network after so many iterations as the recipe says. @returns undefined if it was interrupted. */
export async function evaluateInRun(
  network: SegmentationNetwork,
  iteration: number,
  { dataset, recipe, meanOver, engine, job, stream, signal, imageScores }: EvaluationInRun,
): Promise<EvaluationSummary | undefined> {
  const size = recipe.evaluation.size ?? recipe.crop;
  const { scales, background } = recipe.cam;
  const label = `evaluate after ${iteration} iterations`;
  const progress = new Progress({ total: dataset.length, label, stream, every: { percent: 25, seconds: 120 } });
  const options = { size, scales, background, batch: recipe.evaluation.batch, normalization: backboneOf(recipe) };
  const { done } = await evaluate(network, dataset, { engine, progress, signal, job }, options);
  if (signal.aborted) return undefined;
  if (imageScores) {
    const images = done.map(counts => imageScore(counts, network.classes + 1));
    await writeAtomically(imageScores, `${JSON.stringify({ iteration, images })}\n`);
  }
  const { seed, variant } = recipe;
  const about = { iteration, protocol: singleProtocol(size), size, scales, seed, variant, engine: engine.version };
  return summarize(done, dataset, about, meanOver) as EvaluationSummary;
}
