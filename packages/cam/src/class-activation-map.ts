import * as tf from '@tensorflow/tfjs-core';
import { linear, noGradient, requireRank } from '@wsss/ops';

/**
 * Class activation logits: a linear classifier applied at every patch (Zhou et al. 2016). No gradient.
 *
 * @param patches float32 [B, h·w, D]: patch tokens.
 * @param classifier float32 [D, C], without bias.
 * @param grid Rows h and columns w.
 * @returns float32 [B, h, w, C]
 * @throws Error when the patches do not make that grid, or the classifier takes other sizes.
 */
export function classActivationLogits(patches: tf.Tensor, classifier: tf.Tensor, grid: readonly [number, number]): tf.Tensor4D {
  requireRank(patches, 3, 'classActivationLogits: patches');
  const [batch, count] = patches.shape;
  const [rows, columns] = grid;
  if (count !== rows * columns)
    throw new Error(`classActivationLogits: ${count} patches [${patches.shape}] do not make a grid of ${rows}×${columns}`);
  return noGradient(() => tf.reshape(linear(patches, classifier), [batch, rows, columns, classifier.shape[1]!]) as tf.Tensor4D);
}

/**
 * Scales every class of every image to [0, 1]: subtracts its minimum, then divides by its maximum + 1e-5.
 *
 * @param cam float32 [B, H, W, C]
 */
export function normalizeCam(cam: tf.Tensor): tf.Tensor4D {
  requireRank(cam, 4, 'normalizeCam: cam');
  return noGradient(() => {
    const lifted = tf.sub(cam, tf.min(cam, [1, 2], true));
    return tf.div(lifted, tf.add(tf.max(lifted, [1, 2], true), 1e-5)) as tf.Tensor4D;
  });
}
