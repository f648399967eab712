import type { SegmentationDataset } from '@wsss/datasets';
import type { ConfusionMatrix } from '@wsss/metrics';
import { type SegmentationProtocol, segmenter } from '../inference/segmenter.js';
import type { Normalization } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { EvaluationStream } from './evaluate.js';
import { addUp, countImage, type ImageCounts, type Scored } from './image-counts.js';
import { shareByIndex } from './share.js';
import { streamStages } from './stream-stages.js';

export interface FinalEvaluationOptions extends EvaluationStream {
  protocol: SegmentationProtocol;
  normalization: Normalization;
  /** Called with the labels of an image (after the CRF, where there is one), before the image counts as done. */
  onLabels?: (index: number, labels: { width: number; height: number; data: Uint8Array }) => Promise<void>;
}

/** Confusion matrices of a segmentation by some protocol; empty ones where the split has no masks. */
export interface SegmentationEvaluation {
  images: number;
  segmentation: ConfusionMatrix;
  /** Of the segmentation after a CRF, if it was asked for. */
  segmentationCrf?: ConfusionMatrix;
}

/**
 * Segments every image of a split by a protocol of several scales and mirror images, and compares it with the masks where there are any.
 * Reading, the network, and CRF with scoring run at the same time, image by image; nothing is kept but counts.
 */
export async function finalEvaluation(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  options: FinalEvaluationOptions,
): Promise<SegmentationEvaluation> {
  const { protocol, normalization, engine, crf, finishing, signal } = options;
  const classes = network.classes + 1;
  const kinds: Scored[] = ['segmentation', ...(crf ? (['segmentationCrf'] as const) : [])];
  const counted = new Map([...(options.earlier ?? [])].map(counts => [counts.index, counts]));
  const { segment, dispose } = segmenter(network, { protocol, normalization, engine, probabilities: crf !== undefined });
  try {
    await streamStages(
      Array.from({ length: dataset.length }, (_, index) => index).filter(
        index => (options.share?.isMine(index) ?? true) && !counted.has(index),
      ),
      {
        read: async index => {
          const [picture, truth] = await Promise.all([dataset.image(index), dataset.mask?.(index)]);
          return { picture, truth };
        },
        compute: async record => ({ ...record, ...(await segment(record.picture)) }),
        finish: async ({ picture, truth, labels, probabilities }, index) => {
          const about = { index, id: dataset.id(index) };
          const segmentationCrf = crf && (await crf(picture, probabilities!, about.id));
          const { width, height } = picture;
          await options.onLabels?.(index, { width, height, data: Uint8Array.from(segmentationCrf ?? labels) });
          const predictions = { segmentation: labels, ...(segmentationCrf && { segmentationCrf }) };
          const counts: ImageCounts = truth ? countImage<Scored>(about, predictions, truth.data, classes) : { ...about, counts: {} };
          await options.onCounts?.(counts);
          counted.set(index, counts);
          options.onImage?.(counted.size);
        },
      },
      { finishing, signal },
    );
  } finally {
    dispose();
  }
  await shareByIndex(options.share, counted);
  const { images, matrices } = addUp(counted.values(), kinds, classes);
  return { images, segmentation: matrices.segmentation, ...(crf && { segmentationCrf: matrices.segmentationCrf }) };
}
