import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { gradientInside } from './gradient-inside.js';
import { linear } from './linear.js';

/**
 * An affine map of something that is cheap to compute, activation(inputs) · weight + bias. The backward pass computes the activation again,
 * so that only its inputs are kept: after a GELU half of the memory, after a layer normalization all of it.
 *
 * @param activation A differentiable function of its arguments alone, with value float32 [..., D].
 * @param inputs The tensors that it takes.
 * @param weight float32 [D, E]
 * @param bias float32 [E]
 * @returns float32 [..., E]
 * @throws Error when the last axis of the activation is not D.
 */
export function linearOf(
  activation: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  weight: tf.Tensor,
  bias: tf.Tensor,
): tf.Tensor {
  return customGradient(
    (w, b, ...given) => linear(activation(...given), w!, b),
    (dy, w, _, ...given) => {
      const [size, outputs] = w!.shape as [number, number];
      const rows = tf.reshape(dy, [-1, outputs]);
      const dValue = tf.reshape(tf.matMul(rows, w!, false, true), [...dy.shape.slice(0, -1), size]);
      const { value, grads } = gradientInside(activation, given, dValue);
      return [tf.matMul(tf.reshape(value, [-1, size]), rows, true), tf.sum(rows, 0), ...grads];
    },
  )(weight, bias, ...inputs);
}
