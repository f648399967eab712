import * as tf from '@tensorflow/tfjs-core';
import { interpolate, noGradient } from '@wsss/ops';

/** How an image's and its mirror image's logits, and those of several scales, become one. */
export interface Fusion {
  scales: readonly number[];
  /** 'none': mirror images are not used. */
  mirror: 'sum' | 'max' | 'none';
  across: 'sum' | 'max';
}

/** The fusion rules of the reference program's final evaluations. */
export const fusions = {
  voc: { scales: [1, 1.5, 1.25], mirror: 'sum', across: 'max' },
  coco: { scales: [1, 1.25, 1.5], mirror: 'max', across: 'sum' },
} as const satisfies Record<string, Fusion>;

/**
 * Segmentation logits of several scales with mirror images, resized to `size` and fused. No gradient.
 *
 * @param segment Gives logits [B, h, w, K] of images of any size.
 * @param images float32 [B, H, W, 3], normalized.
 * @param size Height and width of the result.
 * @param seen Height and width of what is segmented at scale 1. Default: those of the images. Every scale is made from the images.
 */
export function multiScaleSegmentation(
  segment: (images: tf.Tensor4D) => tf.Tensor4D,
  images: tf.Tensor4D,
  size: readonly [number, number],
  fusion: Fusion,
  seen: readonly [number, number] = [images.shape[1], images.shape[2]],
): tf.Tensor4D {
  const [_batch, height, width] = images.shape;
  const join = { sum: tf.add<tf.Tensor4D>, max: tf.maximum<tf.Tensor4D> };
  return noGradient(() => {
    let fused: tf.Tensor4D | undefined;
    for (const scale of fusion.scales)
      fused = tf.tidy(() => {
        const resize = (map: tf.Tensor4D, to = size) => interpolate(map, to, { mode: 'bilinear' });
        const [h, w] = seen.map(side => Math.floor(scale * side)) as [number, number];
        const scaled = h === height && w === width ? images : resize(images, [h, w]);
        const both = () => {
          const logits = segment(tf.concat([scaled, tf.reverse(scaled, 2)], 0));
          const [plain, turned] = tf.split(logits, 2, 0) as [tf.Tensor4D, tf.Tensor4D];
          return join[fusion.mirror as 'sum' | 'max'](resize(plain), resize(tf.reverse(turned, 2)));
        };
        const one = fusion.mirror === 'none' ? resize(segment(scaled)) : both();
        return fused ? join[fusion.across](fused, one) : one;
      });
    return fused!;
  });
}
