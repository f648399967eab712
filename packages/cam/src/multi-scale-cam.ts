import * as tf from '@tensorflow/tfjs-core';
import { interpolate, noGradient, requireRank } from '@wsss/ops';
import { normalizeCam } from './class-activation-map.js';

/** Class activation logits of images, one map [B, h, w, C] for each head (such as main and auxiliary). */
export type CamHeads = (images: tf.Tensor4D) => tf.Tensor[];

/**
 * Multi-scale class activation maps: for every scale the elementwise maximum of an image's and its mirror image's logits, resized to
 * the image, through ReLU; summed over scales; each class of each image scaled to [0, 1]. No gradient.
 *
 * @param heads Gives the logits of images of any size, for one or more classification heads.
 * @param images float32 [B, H, W, 3], normalized.
 * @param options.scales Default 1, 0.5, 1.5. Scaled sizes are rounded down.
 * @param options.unmirrored The logits of `images` themselves, one map a head, if they are known already: scale 1 then needs only the
 * mirror images.
 * @returns One map float32 [B, H, W, C] for each head, values in [0, 1].
 * @throws Error when there is no scale, a scale is not positive or leaves nothing of the images, or `unmirrored` has other heads.
 */
export function multiScaleCam(
  heads: CamHeads,
  images: tf.Tensor,
  options: { scales?: readonly number[]; unmirrored?: tf.Tensor[] } = {},
): tf.Tensor4D[] {
  const { scales = [1, 0.5, 1.5], unmirrored } = options;
  requireRank(images, 4, 'multiScaleCam: images');
  if (!scales.length || scales.some(scale => !(scale > 0)))
    throw new Error(`multiScaleCam: scales must be positive numbers, got [${scales}]`);
  const [batch, height, width] = images.shape;
  return noGradient(() => {
    let sums: tf.Tensor4D[] | undefined;
    for (const scale of scales) {
      const previous: tf.Tensor4D[] | undefined = sums;
      sums = tf.tidy(() => {
        const size: [number, number] = [Math.floor(scale * height), Math.floor(scale * width)];
        if (!(size[0] && size[1])) throw new Error(`multiScaleCam: scale ${scale} leaves nothing of images of ${height}×${width} pixels`);
        const scaled = scale === 1 ? images : interpolate(images, size, { mode: 'bilinear' });
        const mirrored = tf.reverse(scaled, 2);
        const known = scale === 1 ? unmirrored : undefined;
        const logits = heads(known ? mirrored : tf.concat([scaled, mirrored], 0));
        if (known && known.length !== logits.length)
          throw new Error(`multiScaleCam: heads give ${logits.length} maps, but unmirrored holds ${known.length}`);
        return logits.map((map, head) =>
          tf.tidy(() => {
            requireRank(map, 4, `multiScaleCam: map ${head} of the heads`);
            const rows = (start: number) => tf.slice(map, [start, 0, 0, 0], [batch, -1, -1, -1]);
            // Resizing is linear and symmetric, so the mirrored map is turned back before, where it is small.
            const toImage = (part: tf.Tensor) => interpolate(part, [height, width], { mode: 'bilinear' });
            const [plain, turned] = known ? [known[head]!, map] : [rows(0), rows(batch)];
            const activation = tf.relu(tf.maximum(toImage(plain), toImage(tf.reverse(turned, 2)))) as tf.Tensor4D;
            return previous ? (tf.add(previous[head]!, activation) as tf.Tensor4D) : activation;
          }),
        );
      });
      tf.dispose(previous ?? []);
    }
    return sums!.map(normalizeCam);
  });
}
