import * as tf from '@tensorflow/tfjs-core';
import { camToLabels } from '@wsss/cam';
import type { LabelMap, Picture, SegmentationDataset } from '@wsss/datasets';
import { graphsByShape } from '@wsss/engine';
import { type ConfusionMatrix, multilabelF1 } from '@wsss/metrics';
import { interpolate } from '@wsss/ops';
import type { Crf } from '../inference/crf-refinement.js';
import { type Normalization, normalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { addUp, countImage, type Scored } from './image-counts.js';
import type { ImageStream } from './image-pass.js';
import { streamStages } from './stream-stages.js';

/** What every evaluation can be told about how it runs. */
export interface EvaluationStream extends ImageStream {
  /** Refines the segmentation, for instance by a dense CRF, and scores that too; runs beside the network. */
  crf?: Crf;
}

export interface EvaluationOptions extends EvaluationStream {
  /** Side that images are resized to, in pixels. */
  size: number;
  /** Scales of the multi-scale CAM. */
  scales: readonly number[];
  /** CAM values at or below this are background. */
  background: number;
  normalization: Normalization;
  /** Images evaluated together. */
  batch: number;
  /** Called with what was found for an image. */
  onResult?: (result: ImageResult) => void;
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
  /** Of the segmentation after a CRF, if it was asked for. */
  segmentationCrf?: ConfusionMatrix;
  f1: number;
}

type ImageRecord = Pick<ImageResult, 'index' | 'picture' | 'truth' | 'labels'>;

/**
 * The evaluation of the reference program during training: images resized to a square (not keeping their proportions), segmentation by
 * argmax, multi-scale CAMs of the image's true classes by one threshold, all compared at the size of the mask. Reading, the network, and
 * CRF with scoring run at the same time.
 *
 * @throws Error when the split has no masks.
 */
export async function evaluate(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  options: EvaluationOptions,
): Promise<Evaluation> {
  if (!dataset.mask) throw new Error(`${dataset.name} ${dataset.split} has no masks to evaluate against; use another split`);
  const kinds: Scored[] = ['segmentation', 'cam', 'auxiliaryCam', ...(options.crf ? (['segmentationCrf'] as const) : [])];
  const counted = new Map([...(options.earlier ?? [])].map(counts => [counts.index, counts]));
  // Batches begin where they always do, also when some of their images are done, so that every image is computed with the same others.
  const starts = Array.from({ length: Math.ceil(dataset.length / options.batch) }, (_, i) => i * options.batch);
  const isMine = (start: number) => options.share?.isMine(start / options.batch) ?? true;
  const indicesFrom = (start: number) => Array.from({ length: Math.min(options.batch, dataset.length - start) }, (_, i) => start + i);
  const read = async (index: number): Promise<ImageRecord> => {
    const [picture, truth, labels] = await Promise.all([dataset.image(index), dataset.mask!(index), dataset.labels(index)]);
    return { index, picture, truth, labels };
  };
  const predictor = batchPredictor(network, options);
  try {
    await streamStages(
      starts.filter(start => isMine(start) && indicesFrom(start).some(index => !counted.has(index))),
      {
        read: start => Promise.all(indicesFrom(start).map(read)),
        compute: async records => ({ records, found: await predictor.predict(records) }),
        finish: async ({ records, found }) => {
          const score = async (record: ImageRecord, { predicted, probabilities, ...maps }: PredictedImage) => {
            const { index, picture, truth, labels } = record;
            if (counted.has(index)) return;
            const id = dataset.id(index);
            const segmentationCrf = options.crf && { segmentationCrf: await options.crf(picture, probabilities!, id) };
            const f1 = multilabelF1(predicted, labels);
            const counts = countImage({ index, id, f1 }, { ...maps, ...segmentationCrf }, truth.data, network.classes + 1);
            await options.onCounts?.(counts);
            counted.set(index, counts);
            options.onResult?.({ ...record, ...maps });
            options.onImage?.(counted.size);
          };
          await Promise.all(records.map((record, i) => score(record, found[i]!)));
        },
      },
      { ahead: 1, finishing: Math.max(1, Math.ceil((options.finishing ?? 4) / options.batch)), signal: options.signal },
    );
  } finally {
    predictor.dispose();
  }
  const all = (await options.share?.exchange(counted.values())) ?? counted.values();
  const { images, matrices, f1 } = addUp(all, kinds, network.classes + 1);
  const { segmentation, cam, auxiliaryCam, segmentationCrf } = matrices;
  return { images, segmentation, cam, auxiliaryCam, ...(options.crf && { segmentationCrf }), f1 };
}

/** What the network makes of one image of a batch. */
interface PredictedImage extends Record<'segmentation' | 'cam' | 'auxiliaryCam', Int32Array> {
  /** [C] 0/1 */
  predicted: Int32Array;
  probabilities?: Float32Array;
}

/** Label maps of segmentation, CAM and auxiliary CAM at the size of the masks, and predicted classes, for batches of images. */
function batchPredictor(
  network: SegmentationNetwork,
  { size, scales, background, normalization, crf, engine }: EvaluationOptions,
): { predict(records: readonly ImageRecord[]): Promise<PredictedImage[]>; dispose(): void } {
  const graphs = graphsByShape(
    images =>
      tf.tidy(() => {
        const encoding = network.encoder.encode(images);
        const cams = network.multiScaleCams(images, encoding, scales);
        return [network.segment(encoding), ...cams, tf.cast(tf.greater(network.classify(encoding).logits, 0), 'int32')];
      }),
    engine,
  );
  const predict = async (records: readonly ImageRecord[]): Promise<PredictedImage[]> => {
    const images = tf.tidy(
      () =>
        tf.concat(
          records.map(({ picture: { width, height, data } }) =>
            interpolate(normalizeImages(data, [1, height, width, 3], normalization), [size, size], { mode: 'bilinear' }),
          ),
          0,
        ) as tf.Tensor4D,
    );
    const results = await graphs.run(images).finally(() => images.dispose());
    const [logits, cam, auxiliaryCam, classes] = results as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D, tf.Tensor2D];
    const predicted = (await classes.data()) as Int32Array;
    const found: PredictedImage[] = [];
    for (const [i, { truth, labels }] of records.entries()) {
      const maps = tf.tidy(() => {
        const atTruth = (map: tf.Tensor4D) =>
          interpolate(tf.slice(map, [i, 0, 0, 0], [1, -1, -1, -1]), [truth.height, truth.width], { mode: 'bilinear' });
        const present = tf.tensor2d(labels, [1, labels.length]);
        const large = atTruth(logits);
        return {
          segmentation: tf.argMax(large, 3),
          cam: camToLabels(atTruth(cam), present, background),
          auxiliaryCam: camToLabels(atTruth(auxiliaryCam), present, background),
          ...(crf && { probabilities: tf.softmax(large) }),
        };
      });
      const read = async (map: tf.Tensor) => (await map.data()) as Int32Array;
      found.push({
        predicted: predicted.slice(i * network.classes, (i + 1) * network.classes),
        segmentation: await read(maps.segmentation),
        cam: await read(maps.cam),
        auxiliaryCam: await read(maps.auxiliaryCam),
        ...(maps.probabilities && { probabilities: (await maps.probabilities.data()) as Float32Array }),
      });
      tf.dispose(maps as tf.NamedTensorMap);
    }
    tf.dispose(results);
    return found;
  };
  return { predict, dispose: () => graphs.dispose() };
}
