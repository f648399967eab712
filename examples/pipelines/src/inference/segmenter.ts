import * as tf from '@tensorflow/tfjs-core';
import type { Picture } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { graphsByShape } from '@wsss/engine/graphs';
import { interpolate } from '@wsss/ops';
import { type Normalization, normalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { requireFiniteOutput } from './finite-output.js';
import { type Fusion, fusions, multiScaleSegmentation } from './multi-scale-segmentation.js';

/** How a picture is segmented: what it is resized to first, and what of its scales and mirror images is fused. */
export interface SegmentationProtocol extends Fusion {
  /** Side of the square that pictures are resized to, in pixels; null: they keep their shape. */
  size: number | null;
  /** Longer side that larger pictures are reduced to, in pixels, where they keep their shape. Default: they keep their size, too. */
  maxSide?: number;
}

/** A picture seen once, as a square of `size`: the protocol during training. */
export function singleProtocol(size: number): SegmentationProtocol {
  return { size, scales: [1], mirror: 'none', across: 'max' };
}

/** A picture seen once, in its shape, and about as large as in training. @param crop side of the training crops, in pixels. */
export function wholeProtocol(crop: number): SegmentationProtocol {
  return { ...singleProtocol(crop), size: null, maxSide: Math.round(1.25 * crop) };
}

/**
 * The final protocol of the reference program. COCO: first a square of `size`, the maximum of a picture and its mirror image, the sum over
 * scales. All others: the original size, the sum of both, the maximum over scales. There the longer side is at most to the `crop` as the
 * 500 pixels of VOC's pictures to the paper's 448, so that things are as large as in training.
 *
 * @param crop side of the training crops, in pixels.
 * @param size side of the squares of COCO. Default: the crop.
 */
export function finalProtocol(dataset: string, crop: number, size = crop): SegmentationProtocol {
  return dataset === 'coco' ? { ...fusions.coco, size } : { ...fusions.voc, size: null, maxSide: Math.round((500 / 448) * crop) };
}

/** Says what a protocol does, for tables and pages. */
export function describeProtocol({ size, maxSide, scales, mirror, across }: SegmentationProtocol): string {
  const what = size !== null ? `${size}²` : maxSide === undefined ? 'original size' : `at most ${maxSide} pixels a side`;
  const joined = scales.length > 1 ? `scales ${scales.join(', ')} (${across === 'max' ? 'maximum' : 'sum'})` : `scale ${scales[0]}`;
  return `${what}, ${joined}, ${mirror === 'none' ? 'no mirror image' : `mirror image (${mirror === 'max' ? 'maximum' : 'sum'})`}`;
}

/** What a network makes of a picture, in its size. */
export interface SegmentedPicture {
  /** [height, width], 0 = background. */
  labels: Int32Array;
  /** [height, width, K]: softmax of the fused logits, what a dense CRF takes. */
  probabilities?: Float32Array;
  /** [height, width]: the softmax of the mean logits at the label. */
  confidence?: Float32Array;
}

interface SegmenterOptions {
  protocol: SegmentationProtocol;
  normalization: Normalization;
  /** The running engine, to run as traced graphs beside Node's thread. */
  engine: Pick<Engine, 'canTrace'>;
  /** What is wanted beside labels. */
  probabilities?: boolean;
  confidence?: boolean;
}

/** Makes of a network what segments one picture at a time. Pictures of one size share a graph. */
export function segmenter(network: SegmentationNetwork, options: SegmenterOptions) {
  const { protocol, normalization, engine } = options;
  const { size, maxSide = Number.POSITIVE_INFINITY } = protocol;
  const patch = network.encoder.config.patchSize;
  const copies = (protocol.mirror === 'sum' ? 2 : 1) * (protocol.across === 'sum' ? protocol.scales.length : 1);
  const graphs = graphsByShape(
    pixels =>
      tf.tidy(() => {
        const [, height, width] = pixels.shape;
        const images = normalizeImages(pixels, pixels.shape, normalization);
        const factor = Math.min(1, maxSide / Math.max(height, width));
        const seen = [height, width].map(side => size ?? Math.max(patch, Math.round(factor * side))) as [number, number];
        const keepsShape = size === null || (height === size && width === size);
        const shaped = keepsShape ? images : interpolate(images, seen, { mode: 'bilinear' });
        const segment = (x: tf.Tensor4D) => network.segment(network.encoder.encode(x));
        const logits = multiScaleSegmentation(segment, shaped, [height, width], protocol, seen);
        return [
          tf.argMax(logits, 3),
          tf.reshape(tf.mean(logits), [1]),
          ...(options.probabilities ? [tf.softmax(logits)] : []),
          ...(options.confidence ? [tf.max(tf.softmax(tf.div(logits, copies)), 3)] : []),
        ];
      }),
    engine,
  );
  return {
    segment: async ({ width, height, data }: Picture): Promise<SegmentedPicture> => {
      const pixels = tf.tensor4d(Float32Array.from(data), [1, height, width, 3]);
      const results = await graphs.run(pixels).finally(() => pixels.dispose());
      const [labels, mean, ...more] = (await Promise.all(results.map(result => result.data()))) as [Int32Array, ...Float32Array[]];
      tf.dispose(results);
      requireFiniteOutput(mean!);
      return {
        labels,
        ...(options.probabilities && { probabilities: more.shift() }),
        ...(options.confidence && { confidence: more.shift() }),
      };
    },
    dispose: () => graphs.dispose(),
  };
}
