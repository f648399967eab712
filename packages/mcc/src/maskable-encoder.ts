import * as tf from '@tensorflow/tfjs-core';

/** Which patches of which images an encoder shall see. */
export interface VisibleRows {
  /** int32 [R, V]: patch numbers, image · h·w + patch, patches counted row by row. A row's patches are of one image. */
  patches: tf.Tensor2D;
  /** float32 [R, V]: 1 where an entry only pads its row and is none, 0 elsewhere. A row may be all padding: a view that sees nothing. */
  padding: tf.Tensor2D;
}

/** All that MCC needs of a backbone: a summary of images of which only some patches are visible. */
export interface MaskableEncoder {
  /**
   * @param images float32 [B, H, W, 3]
   * @param options.visible Without it, images are seen whole.
   * @returns `cls` float32 [R, D] (or [B, D] without `visible`): the class token, or whatever else sums up what was seen.
   */
  encode(images: tf.Tensor4D, options?: { visible?: VisibleRows }): { cls: tf.Tensor };
}

/** An encoder that sees whole images, some of whose patches it can be told not to attend to. */
export interface AttentionMaskEncoder {
  /**
   * @param options.hidden float32 [B, h·w]: 1 = nothing attends to this patch.
   * @returns `cls` float32 [B, D], on which hidden patches must have no influence.
   */
  encode(images: tf.Tensor4D, options?: { hidden?: tf.Tensor2D }): { cls: tf.Tensor };
}

/**
 * Makes an encoder that takes an attention mask do for MCC. Every local view is then a whole image, most of which is hidden: with eight
 * views and 95 % hidden about twenty times the work of an encoder that is given the visible patches alone, with the same result.
 *
 * @param patchSize Side of the square patches that the mask speaks of, in pixels.
 *
 * @example
 * const encoder = encoderFromAttentionMask({ encode: (images, { hidden } = {}) => ({ cls: model.summary(images, hidden) }) }, 16);
 * mcc.step({ encoder, views, cam, labels, rng });
 */
export function encoderFromAttentionMask(encoder: AttentionMaskEncoder, patchSize: number): MaskableEncoder {
  return {
    encode: (images, { visible } = {}) =>
      visible ? { cls: tf.tidy(() => encoder.encode(...hiddenImages(images, visible, patchSize)).cls) } : encoder.encode(images),
  };
}

/** One whole image for every row, and its hidden patches. */
function hiddenImages(images: tf.Tensor4D, { patches, padding }: VisibleRows, patchSize: number): [tf.Tensor4D, { hidden: tf.Tensor2D }] {
  const [rows, length] = patches.shape;
  const [grid, wide] = [Math.floor(images.shape[1] / patchSize), Math.floor(images.shape[2] / patchSize)];
  const count = tf.scalar(grid * wide, 'int32');
  const ofImage = tf.cast(tf.floorDiv(tf.reshape(tf.slice(patches, [0, 0], [rows, 1]), [rows]), count), 'int32');
  const marks = tf.oneHot(tf.reshape(tf.mod(patches, count), [rows * length]), grid * wide);
  const shown = tf.mul(tf.reshape(tf.cast(marks, 'float32'), [rows, length, grid * wide]), tf.expandDims(tf.sub(1, padding), 2));
  return [tf.gather(images, ofImage), { hidden: tf.sub(1, tf.clipByValue(tf.sum(shown, 1), 0, 1)) as tf.Tensor2D }];
}
