import * as tf from '@tensorflow/tfjs-core';

/**
 * Joins a computation with its hand-written gradient. Only the inputs are kept for the backward pass; everything else that either
 * half makes is disposed of at its end.
 *
 * @param forward The value as a function of the inputs.
 * @param backward Gradients of the inputs, one each, from the gradient of the value and the inputs.
 */
export function customGradient(
  forward: (...inputs: tf.Tensor[]) => tf.Tensor,
  backward: (dy: tf.Tensor, ...inputs: tf.Tensor[]) => tf.Tensor[],
): (...inputs: tf.Tensor[]) => tf.Tensor {
  return tf.customGrad((...args) => {
    const save = args.pop() as (tensors: tf.Tensor[]) => void;
    const inputs = args as tf.Tensor[];
    save(inputs);
    return {
      value: forward(...inputs),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.tidy(() => backward(dy, ...saved)),
    };
  });
}
