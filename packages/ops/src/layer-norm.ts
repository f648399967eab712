import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { fusedKernel } from './fused-kernel.js';

/**
 * Layer normalization over the last axis (Ba et al. 2016): (x − mean) / √(variance + ε) · scale + offset, with the biased variance.
 *
 * Keeps only its inputs for the backward pass.
 *
 * @param x float32 [..., D]
 * @param scale float32 [D]
 * @param offset float32 [D]
 * @param epsilon Added to the variance; 1e-6 in ViT.
 * @throws Error when scale or offset are not of shape [D].
 */
export function layerNorm<T extends tf.Tensor>(x: T, scale: tf.Tensor, offset: tf.Tensor, epsilon = 1e-6): T {
  const size = x.shape[x.rank - 1]!;
  for (const [name, tensor] of Object.entries({ scale, offset }))
    if (tensor.rank !== 1 || tensor.shape[0] !== size)
      throw new Error(`layerNorm: ${name} has shape [${tensor.shape}], expected [${size}], the last axis of x [${x.shape}]`);
  const operation = customGradient(
    (input, gamma, beta) =>
      fusedKernel('WsssLayerNorm', { x: input, scale: gamma, offset: beta }, { epsilon }, () =>
        tf.add(tf.mul(normalize(input!, epsilon).normal, gamma!), beta!),
      ),
    (dy, input, gamma) =>
      fusedKernel('WsssLayerNormGrad', { x: input, scale: gamma, dy }, { epsilon }, () => {
        const { normal, inverseDeviation } = normalize(input!, epsilon);
        const leading = dy.shape.slice(0, -1).map((_, axis) => axis);
        const scaled = tf.mul(dy, gamma!);
        const centered = tf.sub(scaled, tf.mean(scaled, -1, true));
        const projected = tf.mul(normal, tf.mean(tf.mul(scaled, normal), -1, true));
        return [tf.mul(inverseDeviation, tf.sub(centered, projected)), tf.sum(tf.mul(dy, normal), leading), tf.sum(dy, leading)];
      }),
  );
  return operation(x, scale, offset) as T;
}

function normalize(x: tf.Tensor, epsilon: number): { normal: tf.Tensor; inverseDeviation: tf.Tensor } {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon));
  return { normal: tf.mul(centered, inverseDeviation), inverseDeviation };
}
