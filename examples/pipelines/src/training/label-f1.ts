import * as tf from '@tensorflow/tfjs-core';
import { noGradient } from '@wsss/ops';

/**
 * F1 of the labels that image logits say (those above 0), a mean over images; see `multilabelF1` of @wsss/metrics.
 *
 * @param logits float32 [B, C]
 * @param labels float32 [B, C], 0 or 1
 * @returns A scalar in [0, 1]; no gradient.
 */
export function labelF1(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Scalar {
  return noGradient(() => {
    const said = tf.cast(tf.greater(logits, 0), 'float32');
    const both = tf.sum(tf.mul(said, labels), 1);
    return tf.mean(tf.divNoNan(tf.mul(2, both), tf.add(tf.sum(said, 1), tf.sum(labels, 1)))) as tf.Scalar;
  });
}

/**
 * The best F1 without looking at the images: the mean for whoever says the same most frequent classes of every image.
 *
 * @param labels Of some images: [C] each, 0 or 1.
 */
export function guessedF1(labels: readonly ArrayLike<number>[]): number {
  const classes = labels[0]?.length ?? 0;
  const count = (c: number) => labels.reduce((sum, of) => sum + of[c]!, 0);
  const frequent = Array.from({ length: classes }, (_, c) => ({ c, images: count(c) })).sort((a, b) => b.images - a.images);
  const f1 = (said: readonly { c: number }[]) =>
    labels.reduce((sum, of) => {
      const both = said.reduce((n, { c }) => n + of[c]!, 0);
      const there = Array.from(of).reduce((n, label) => n + label, 0);
      return sum + (2 * both) / (said.length + there);
    }, 0) / labels.length;
  return Math.max(0, ...frequent.map((_, i) => f1(frequent.slice(0, i + 1))));
}
