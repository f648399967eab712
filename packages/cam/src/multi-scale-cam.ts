import * as tf from '@tensorflow/tfjs-core';
import { interpolate, noGradient } from '@wsss/ops';
import { normaliseCam } from './class-activation-map.js';

/** Class activation logits of images, one map [B, h, w, C] for each head (such as main and auxiliary). */
export type CamHeads = (images: tf.Tensor4D) => tf.Tensor4D[];

/**
 * Multi-scale class activation maps: for every scale the elementwise maximum of an image's and its mirror image's logits, resized to
 * the image, through ReLU; summed over scales; each class of each image scaled to [0, 1]. No gradient.
 *
 * @param heads Gives the logits of images of any size, for one or more classification heads.
 * @param images float32 [B, H, W, 3], normalised.
 * @param options.scales Default 1, 0.5, 1.5. Scaled sizes are rounded down.
 * @param options.unmirrored The logits of `images` themselves, if they are known already: saves one pass at scale 1.
 * @returns One map float32 [B, H, W, C] for each head, values in [0, 1].
 * @throws Error when there is no scale or a scale is not positive.
 */
export function multiScaleCam(
  heads: CamHeads,
  images: tf.Tensor4D,
  options: { scales?: readonly number[]; unmirrored?: tf.Tensor4D[] } = {},
): tf.Tensor4D[] {
  const { scales = [1, 0.5, 1.5], unmirrored } = options;
  if (!scales.length || scales.some(scale => !(scale > 0)))
    throw new Error(`multiScaleCam: scales must be positive numbers, got [${scales}]`);
  const [batch, height, width] = images.shape;
  return noGradient(() => {
    let sums: tf.Tensor4D[] | undefined;
    for (const scale of scales) {
      const activations = tf.tidy(() => {
        const scaled =
          scale === 1 ? images : interpolate(images, [Math.floor(scale * height), Math.floor(scale * width)], { mode: 'bilinear' });
        const mirrored = tf.reverse(scaled, 2);
        const known = scale === 1 ? unmirrored : undefined;
        const logits = heads(known ? mirrored : tf.concat([scaled, mirrored], 0));
        return logits.map((map, head) => {
          const rows = (start: number) => tf.slice(map, [start, 0, 0, 0], [batch, -1, -1, -1]);
          // Resizing is linear and symmetric, so the mirrored map is turned back before, where it is small.
          const toImage = (part: tf.Tensor4D) => interpolate(part, [height, width], { mode: 'bilinear' });
          const [plain, turned] = known ? [known[head]!, map] : [rows(0), rows(batch)];
          return tf.relu(tf.maximum(toImage(plain), toImage(tf.reverse(turned, 2)))) as tf.Tensor4D;
        });
      });
      const previous: tf.Tensor4D[] | undefined = sums;
      sums = previous ? activations.map((map, head) => tf.add(map, previous[head]!) as tf.Tensor4D) : activations;
    }
    return sums!.map(normaliseCam);
  });
}
