import * as tf from '@tensorflow/tfjs-core';

/** Divides x, float32 [..., D], by its Euclidean length along the last axis: x / max(‖x‖, 1e-12), as PyTorch's `F.normalize`. */
export function normalize<T extends tf.Tensor>(x: T): T {
  return tf.tidy(() => {
    // rsqrt of the clamped square keeps value and gradient finite at 0
    const squared = tf.maximum(tf.sum(tf.square(x), -1, true), 1e-24);
    return tf.mul(x, tf.rsqrt(squared)) as T;
  });
}
