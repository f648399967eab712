import * as tf from '@tensorflow/tfjs-core';

/**
 * The value of a function and the gradients of its inputs, inside a gradient function: TensorFlow.js' own would overwrite the tape
 * that is being walked.
 *
 * @param dy Gradient of the value.
 */
export function gradientInside(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  dy: tf.Tensor,
): { value: tf.Tensor; grads: tf.Tensor[] } {
  const { state } = tf.engine();
  const { activeTape } = state;
  try {
    return tf.valueAndGrads(fn)(inputs, dy);
  } finally {
    state.activeTape = activeTape;
  }
}
