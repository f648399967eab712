import type * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { gradientInside } from './gradient-inside.js';

/**
 * Evaluates `fn` keeping only its inputs for the backward pass, which evaluates it again ("gradient checkpointing"): less memory for one
 * more forward.
 *
 * @param fn A differentiable function of its arguments alone: weights must be passed as inputs too, or they get no gradient.
 * @param inputs The tensors that gradients are wanted for.
 */
export function recompute(fn: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor {
  return customGradient(fn, (dy, ...saved) => gradientInside(fn, saved, dy).grads)(...inputs);
}
