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
