import * as tf from '@tensorflow/tfjs-core';
import { noGradient } from '@wsss/ops';

/**
 * Which patch tokens are artifacts: tokens whose norm is many times the usual one. Vision Transformers that were trained on much data keep
 * a few in their last blocks (Darcet et al., "Vision Transformers Need Registers", ICLR 2024).
 *
 * @param tokens float32 [B, N, D]
 * @param ratio A token is an artifact if its norm is more than this times the median of its image.
 * @returns float32 [B, N]: 1 = artifact. No gradient.
 */
export function artifactTokens(tokens: tf.Tensor3D, ratio: number): tf.Tensor2D {
  return noGradient(() => {
    const norms = tf.norm(tokens, 'euclidean', 2) as tf.Tensor2D;
    const [batch, count] = norms.shape;
    const upperHalf = tf.topk(norms, Math.floor(count / 2) + 1).values as tf.Tensor2D;
    const median = tf.slice(upperHalf, [0, Math.floor(count / 2)], [batch, 1]);
    return tf.cast(tf.greater(norms, tf.mul(median, ratio)), 'float32') as tf.Tensor2D;
  });
}

/**
 * Class activation logits in which artifact tokens say nothing: they get the smallest value that the other patches of the image have for
 * that class, so that they are neither a maximum nor a minimum of their own.
 *
 * @param logits float32 [B, h, w, C]
 * @param artifacts float32 [B, h·w]: 1 = artifact, see {@link artifactTokens}.
 * @returns float32 [B, h, w, C]. Without artifacts these are the logits as they were.
 */
export function leaveOutArtifacts(logits: tf.Tensor4D, artifacts: tf.Tensor2D): tf.Tensor4D {
  const [batch, rows, columns] = logits.shape;
  return noGradient(() => {
    const left = tf.greater(tf.reshape(artifacts, [batch, rows, columns, 1]), 0.5);
    const everywhere = tf.broadcastTo(left, logits.shape);
    const smallest = tf.min(tf.where(everywhere, tf.fill(logits.shape, 3e38), logits), [1, 2], true);
    return tf.where(everywhere, tf.broadcastTo(smallest, logits.shape), logits) as tf.Tensor4D;
  });
}
