import * as tf from '@tensorflow/tfjs-core';
import { requireRank } from '@wsss/ops';

/**
 * Cuts images into non-overlapping square patches, row by row. What does not fill a patch at the right and lower edge is left out, as a
 * convolution with stride P does.
 *
 * @param images float32 [B, H, W, C]
 * @param patchSize P, in pixels.
 * @returns float32 [B·h·w, P·P·C] with h = ⌊H/P⌋ and w = ⌊W/P⌋: the pixels of a patch in (row, column, channel) order.
 * @throws Error when an image is smaller than a patch.
 */
export function patchify(images: tf.Tensor, patchSize: number): tf.Tensor2D {
  requireRank(images, 4, 'images');
  const [batch, height, width, channels] = images.shape;
  const [rows, columns] = patchGrid(images, patchSize);
  return tf.tidy(() => {
    const whole =
      height % patchSize || width % patchSize
        ? tf.slice(images, [0, 0, 0, 0], [batch, rows * patchSize, columns * patchSize, channels])
        : images;
    const strips = tf.reshape(whole, [batch * rows, patchSize, columns, patchSize * channels]);
    return tf.reshape(tf.transpose(strips, [0, 2, 1, 3]), [batch * rows * columns, patchSize * patchSize * channels]) as tf.Tensor2D;
  });
}

/** Rows and columns of patches that images hold. @throws Error when there is none. */
export function patchGrid(images: tf.Tensor, patchSize: number): [rows: number, columns: number] {
  requireRank(images, 4, 'images');
  const rows = Math.floor(images.shape[1] / patchSize);
  const columns = Math.floor(images.shape[2] / patchSize);
  if (rows < 1 || columns < 1)
    throw new Error(`images of shape [${images.shape}] are smaller than a patch of ${patchSize}×${patchSize} pixels`);
  return [rows, columns];
}
