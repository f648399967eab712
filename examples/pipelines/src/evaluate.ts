import * as tf from '@tensorflow/tfjs-core';
import { camToLabels, multiScaleCam } from '@wsss/cam';
import type { LabelMap, Picture, SegmentationDataset } from '@wsss/datasets';
import { ConfusionMatrix, multilabelF1 } from '@wsss/metrics';
import { interpolate } from '@wsss/ops';
import type { SegmentationNetwork } from './model/segmentation-network.js';
import { type Normalisation, normaliseImages } from './normalise-images.js';

export interface EvaluationOptions {
  /** Side that images are resized to, in pixels. */
  size: number;
  /** Scales of the multi-scale CAM. */
  scales: readonly number[];
  /** CAM values at or below this are background. */
  background: number;
  normalisation: Normalisation;
  /** Images evaluated together. */
  batch: number;
  /** Called after every image. */
  onImage?: (done: number) => void;
  /** Called with what was found for an image. */
  onResult?: (result: ImageResult) => void;
  /** Refines the segmentation too, for instance by a dense CRF: labels of a picture from its class probabilities [height, width, K] (at the picture's size). */
  refine?: (picture: Picture, probabilities: Float32Array, id: string) => Promise<ArrayLike<number>>;
  signal?: AbortSignal;
}

/** What an evaluation finds for one image. Label maps have the size of its mask. */
export interface ImageResult {
  index: number;
  picture: Picture;
  truth: LabelMap;
  /** [C] 0/1 */
  labels: Float32Array;
  segmentation: Int32Array;
  cam: Int32Array;
  auxiliaryCam: Int32Array;
}

/** Confusion matrices of the segmentation and of both CAMs, and the mean F1 of image classification. */
export interface Evaluation {
  images: number;
  segmentation: ConfusionMatrix;
  cam: ConfusionMatrix;
  auxiliaryCam: ConfusionMatrix;
  /** Of the refined segmentation, if it was asked for. */
  refined?: ConfusionMatrix;
  f1: number;
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
  options: EvaluationOptions,
): Promise<Evaluation> {
  if (!dataset.mask) throw new Error(`${dataset.name} ${dataset.split} has no masks to evaluate against; use another split`);
  const count = network.classes + 1;
  const result: Evaluation = {
    images: 0,
    segmentation: new ConfusionMatrix(count),
    cam: new ConfusionMatrix(count),
    auxiliaryCam: new ConfusionMatrix(count),
    f1: 0,
  };
  if (options.refine) result.refined = new ConfusionMatrix(count);
  let f1 = 0;
  for (let start = 0; start < dataset.length && !options.signal?.aborted; start += options.batch) {
    const indices = Array.from({ length: Math.min(options.batch, dataset.length - start) }, (_, i) => start + i);
    const records = await Promise.all(
      indices.map(async index => {
        const [picture, truth, labels] = await Promise.all([dataset.image(index), dataset.mask!(index), dataset.labels(index)]);
        return { index, picture, truth, labels };
      }),
    );
    const { classes, maps, probabilities } = predictBatch(network, records, options);
    const predicted = await classes.data();
    classes.dispose();
    const refining: Promise<unknown>[] = [];
    for (const [i, record] of records.entries()) {
      const row = predicted.slice(i * network.classes, (i + 1) * network.classes);
      f1 += multilabelF1(row, record.labels);
      const [segmentation, cam, auxiliaryCam] = (await Promise.all(maps[i]!.map(map => map.data()))) as [
        Int32Array,
        Int32Array,
        Int32Array,
      ];
      tf.dispose(maps[i]!);
      if (options.refine) {
        const values = (await probabilities[i]!.data()) as Float32Array;
        probabilities[i]!.dispose();
        refining.push(
          options.refine(record.picture, values, dataset.id(record.index)).then(labels => result.refined!.add(labels, record.truth.data)),
        );
      }
      result.segmentation.add(segmentation, record.truth.data);
      result.cam.add(cam, record.truth.data);
      result.auxiliaryCam.add(auxiliaryCam, record.truth.data);
      options.onResult?.({ ...record, segmentation, cam, auxiliaryCam });
      result.images++;
      options.onImage?.(result.images);
    }
    await Promise.all(refining);
  }
  result.f1 = result.images ? f1 / result.images : Number.NaN;
  return result;
}

/** Predicted classes [B, C] of a batch, and per image the label maps of segmentation, CAM and auxiliary CAM. */
function predictBatch(
  network: SegmentationNetwork,
  records: { picture: Picture; truth: LabelMap; labels: Float32Array }[],
  { size, scales, background, normalisation, refine }: EvaluationOptions,
): { classes: tf.Tensor; maps: tf.Tensor[][]; probabilities: tf.Tensor[] } {
  return tf.tidy(() => {
    const images = tf.concat(
      records.map(({ picture: { width, height, data } }) =>
        interpolate(normaliseImages(data, [1, height, width, 3], normalisation), [size, size], { mode: 'bilinear' }),
      ),
      0,
    );
    const encoding = network.encoder.encode(images);
    const heads = (x: tf.Tensor4D) => tf.tidy(() => network.camLogits(network.encoder.encode(x)));
    const [cam, auxiliaryCam] = multiScaleCam(heads, images, { scales, unmirrored: network.camLogits(encoding) }) as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const logits = network.segment(encoding);
    const maps = records.map(({ truth, labels }, i) =>
      tf.tidy(() => {
        const atTruth = (map: tf.Tensor4D) =>
          interpolate(tf.slice(map, [i, 0, 0, 0], [1, -1, -1, -1]), [truth.height, truth.width], { mode: 'bilinear' });
        const present = tf.tensor2d(labels, [1, labels.length]);
        return [
          tf.argMax(atTruth(logits), 3),
          camToLabels(atTruth(cam), present, background),
          camToLabels(atTruth(auxiliaryCam), present, background),
        ];
      }),
    );
    const probabilities = refine
      ? records.map(({ truth }, i) =>
          tf.tidy(() =>
            tf.softmax(interpolate(tf.slice(logits, [i, 0, 0, 0], [1, -1, -1, -1]), [truth.height, truth.width], { mode: 'bilinear' })),
          ),
        )
      : [];
    return { probabilities, classes: tf.cast(tf.greater(network.classify(encoding).logits, 0), 'int32'), maps };
  });
}
