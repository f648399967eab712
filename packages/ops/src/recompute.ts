import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';

/**
 * Evaluates `fn` keeping only its inputs for the backward pass, which evaluates it again ("gradient checkpointing"): less memory for one more forward.
 *
 * @param fn A differentiable function of its arguments alone: weights must be passed as inputs too, or they get no gradient.
 * @param inputs The tensors that gradients are wanted for.
 */
export function recompute(fn: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor {
  return customGradient(fn, (dy, ...saved) => {
    // A gradient inside a gradient would overwrite the tape that is being walked.
    const { state } = tf.engine();
    const { activeTape } = state;
    try {
      return tf.grads(fn)(saved, dy);
    } finally {
      state.activeTape = activeTape;
    }
  })(...inputs);
}
