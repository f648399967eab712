import * as tf from '@tensorflow/tfjs-core';

/**
 * Divides by the Euclidean length along the last axis: x / max(‖x‖, ε), as PyTorch's `F.normalize`.
 *
 * @param x float32 [..., D]
 * @param epsilon Lower bound of the length.
 */
export function normalize<T extends tf.Tensor>(x: T, epsilon = 1e-12): T {
  return tf.tidy(() => {
    // rsqrt of the clamped square keeps value and gradient finite at 0
    const squared = tf.maximum(tf.sum(tf.square(x), -1, true), Math.max(epsilon * epsilon, 1e-37));
    return tf.mul(x, tf.rsqrt(squared)) as T;
  });
}
