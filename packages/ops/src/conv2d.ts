import * as tf from '@tensorflow/tfjs-core';
import { requireRank } from './require-rank.js';

/**
 * A dilated 2-D convolution with stride 1, by im2col: shifted slices side by side, then one matrix product. Differentiable on every
 * engine, which TensorFlow.js's own dilated convolution is not.
 *
 * @param x float32 [B, H, W, C]
 * @param filter float32 [kh, kw, C, E]
 * @param options.dilation Distance between neighboring taps, in pixels. Default 1.
 * @param options.padding Zeros added on every side, in pixels. Default 0.
 * @param options.bias float32 [E]
 * @returns float32 [B, H + 2·padding − dilation·(kh − 1), W + 2·padding − dilation·(kw − 1), E]
 * @throws Error when channels do not fit or the filter is larger than the padded image.
 */
export function conv2d(
  x: tf.Tensor,
  filter: tf.Tensor,
  options: { dilation?: number; padding?: number; bias?: tf.Tensor } = {},
): tf.Tensor4D {
  const { dilation = 1, padding = 0, bias } = options;
  requireRank(x, 4, 'conv2d: x');
  requireRank(filter, 4, 'conv2d: filter');
  const [batch, height, width, channels] = x.shape;
  const [rows, columns, inputs, outputs] = filter.shape;
  if (channels !== inputs) throw new Error(`conv2d: x [${x.shape}] has ${channels} channels, filter [${filter.shape}] expects ${inputs}`);
  const outHeight = height + 2 * padding - dilation * (rows - 1);
  const outWidth = width + 2 * padding - dilation * (columns - 1);
  if (outHeight < 1 || outWidth < 1)
    throw new Error(`conv2d: filter [${filter.shape}] with dilation ${dilation} does not fit into x [${x.shape}] padded by ${padding}`);
  return tf.tidy(() => {
    const sides: [number, number] = [padding, padding];
    const padded = padding ? tf.pad(x, [[0, 0], sides, sides, [0, 0]]) : x;
    const taps: tf.Tensor4D[] = [];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        taps.push(
          rows * columns === 1 && !padding
            ? padded
            : tf.slice(padded, [0, row * dilation, column * dilation, 0], [batch, outHeight, outWidth, channels]),
        );
    const patches = tf.reshape(taps.length > 1 ? tf.concat(taps, 3) : taps[0]!, [-1, rows * columns * channels]) as tf.Tensor2D;
    const product = tf.matMul(patches, tf.reshape(filter, [-1, outputs]) as tf.Tensor2D);
    return tf.reshape(bias ? tf.add(product, bias) : product, [batch, outHeight, outWidth, outputs]) as tf.Tensor4D;
  });
}
