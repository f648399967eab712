import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `fn` without recording it for gradients: nothing computed inside keeps activations alive, and no gradient flows through it.
 *
 * @returns What `fn` returns; intermediate tensors are disposed of.
 */
export function noGradient<T extends tf.TensorContainer>(fn: () => T): T {
  const { state } = tf.engine();
  state.kernelDepth++; // operations inside a kernel are not recorded on the gradient tape
  try {
    return tf.tidy(fn);
  } finally {
    state.kernelDepth--;
  }
}

/** The same values, through which no gradient flows (PyTorch's `detach`). */
export function detach<T extends tf.Tensor>(x: T): T {
  return noGradient(() => tf.clone(x));
}
