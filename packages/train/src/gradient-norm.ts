import * as tf from '@tensorflow/tfjs-core';
import type { Gradients } from './optimizer.js';

/**
 * Norm of all gradients together, `√Σ g²`: NaN or infinite as soon as one value is.
 *
 * @returns a float32 scalar, to be disposed of by the caller.
 * @throws RangeError if there are no gradients.
 */
export function gradientNorm(gradients: Gradients): tf.Scalar {
  const all = Object.values(gradients);
  if (all.length === 0) throw new RangeError('gradientNorm: there are no gradients.');
  return tf.tidy(() => tf.sqrt(tf.sum(tf.stack(all.map(gradient => tf.sum(tf.square(gradient)))))) as tf.Scalar);
}

/**
 * Gradients scaled down to a norm, as `torch.nn.utils.clip_grad_norm_`: `g · min(1, limit / (norm + 10⁻⁶))`.
 *
 * @param norm their {@link gradientNorm}.
 * @param limit the largest norm to let through, > 0.
 * @returns new tensors under the same names; they are the caller's, as the given ones stay.
 * @throws RangeError if the limit is not above 0.
 *
 * @example
 * const norm = gradientNorm(gradients);
 * const clipped = clipGradients(gradients, norm, 1);
 * optimizer.step(clipped, factor);
 */
export function clipGradients(gradients: Gradients, norm: tf.Scalar, limit: number): Record<string, tf.Tensor> {
  if (!(limit > 0)) throw new RangeError(`clipGradients: the limit is ${limit}, expected a number above 0.`);
  return tf.tidy(() => {
    const factor = tf.minimum(1, tf.div(limit, tf.add(norm, 1e-6)));
    return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
  });
}
