import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from './custom-gradient.js';
import { fusedKernel } from './fused-kernel.js';

const INVERSE_SQRT_2_PI = 1 / Math.sqrt(2 * Math.PI);

/**
 * The exact Gaussian error linear unit, x · Φ(x) = x/2 · (1 + erf(x/√2)) (Hendrycks & Gimpel 2016), not its tanh approximation.
 *
 * Keeps only `x` for the backward pass: dy · (Φ(x) + x·φ(x)).
 *
 * @param x float32 of any shape.
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return operation(x) as T;
}

const operation = customGradient(
  x => fusedKernel('WsssGelu', { x: x! }, {}, () => tf.mul(x!, normalCdf(x!))),
  (dy, x) => [
    fusedKernel('WsssGeluGrad', { a: dy, b: x! }, {}, () => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), INVERSE_SQRT_2_PI);
      return tf.mul(dy, tf.add(normalCdf(x!), tf.mul(x!, density)));
    }),
  ],
);

function normalCdf(x: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);
}
