import * as tf from '@tensorflow/tfjs-core';
import { noGradient } from '@wsss/ops';

/** What RGB in [0, 1] is reduced by, and divided by after that. */
export interface Normalization {
  mean: readonly number[];
  std: readonly number[];
}

/**
 * 8-bit RGB images as the network takes them: (v / 255 − mean) / deviation.
 *
 * @param pixels [B, H, W, 3], 0..255
 */
export function normalizeImages(
  pixels: Uint8Array | tf.Tensor4D,
  shape: readonly [number, number, number, number],
  { mean, std }: Normalization,
): tf.Tensor4D {
  return tf.tidy(() => {
    const values = pixels instanceof Uint8Array ? tf.tensor4d(Float32Array.from(pixels), [...shape]) : pixels;
    return tf.div(tf.sub(tf.div(values, 255), tf.tensor1d([...mean])), tf.tensor1d([...std])) as tf.Tensor4D;
  });
}

/**
 * Colors on the 0..255 scale from normalized images.
 *
 * @param integers Truncate to integers, as the authors' program does before pixel-adaptive refinement (off by one for 2 % of values).
 */
export function unnormalizeImages(images: tf.Tensor4D, { mean, std }: Normalization, integers = false): tf.Tensor4D {
  return noGradient(() => {
    const colors = tf.add(tf.mul(images, tf.tensor1d(std.map(v => v * 255))), tf.tensor1d(mean.map(v => v * 255))) as tf.Tensor4D;
    return integers ? tf.floor(colors) : colors;
  });
}
