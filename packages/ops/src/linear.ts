import * as tf from '@tensorflow/tfjs-core';

/**
 * An affine map of the last axis: x · weight (+ bias).
 *
 * @param x float32 [..., D]
 * @param weight float32 [D, E]
 * @param bias float32 [E], or none.
 * @returns float32 [..., E]
 * @throws Error when the last axis of x is not D.
 */
export function linear(x: tf.Tensor, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = weight.shape as [number, number];
  if (weight.rank !== 2 || x.shape[x.rank - 1] !== inputs)
    throw new Error(`linear: x [${x.shape}] does not fit weight [${weight.shape}]: the last axis of x must be the first of weight`);
  return tf.tidy(() => {
    const rows = tf.reshape(x, [-1, inputs]);
    const product = tf.matMul(rows as tf.Tensor2D, weight as tf.Tensor2D);
    return tf.reshape(bias ? tf.add(product, bias) : product, [...x.shape.slice(0, -1), outputs]);
  });
}
