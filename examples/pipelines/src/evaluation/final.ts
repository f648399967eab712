import type { LabelMap, SegmentationDataset } from '@wsss/datasets';
import type { Crf } from '../inference/crf.js';
import { type SegmentationProtocol, segmenter } from '../inference/segmenter.js';
import type { Normalization } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { countImage, type ImageCounts } from './image-counts.js';
import { type ImagePass, overImages, type PassResult } from './over-images.js';

interface FinalEvaluationOptions {
  protocol: SegmentationProtocol;
  normalization: Normalization;
  /** Refines the segmentation, and that is scored too. */
  crf?: Crf;
  /** Called with the labels of an image (after the CRF, where there is one), before the image counts as done. */
  onLabels?: (id: string, labels: LabelMap) => Promise<void>;
}

/**
 * Segments every image of a split by a protocol of several scales and mirror images, and compares it with the masks, if there are any.
 */
export async function finalEvaluation(
  network: SegmentationNetwork,
  dataset: SegmentationDataset,
  pass: ImagePass<ImageCounts>,
  { protocol, normalization, crf, onLabels }: FinalEvaluationOptions,
): Promise<PassResult<ImageCounts>> {
  const options = { protocol, normalization, engine: pass.engine, probabilities: crf !== undefined };
  const { segment, dispose } = segmenter(network, options);
  return overImages(dataset, pass, {
    read: async index => {
      const [picture, truth] = await Promise.all([dataset.image(index), dataset.mask?.(index)]);
      return { picture, truth };
    },
    compute: async ([image]) => [{ ...image!, ...(await segment(image!.picture)) }],
    finish: async ({ picture, truth, labels, probabilities }, about) => {
      const segmentationCrf = crf && (await crf(picture, probabilities!, about.id));
      await onLabels?.(about.id, { ...picture, data: Uint8Array.from(segmentationCrf ?? labels) });
      const predictions = { segmentation: labels, ...(segmentationCrf && { segmentationCrf }) };
      return { done: countImage(about, predictions, truth?.data, network.classes + 1) };
    },
  }).finally(dispose);
}
