import type * as tf from '@tensorflow/tfjs-core';

interface Ranked {
  1: tf.Tensor1D;
  2: tf.Tensor2D;
  3: tf.Tensor3D;
  4: tf.Tensor4D;
}

/**
 * Checks the rank of a tensor, which is then known to TypeScript too.
 *
 * @param what names the tensor in the error, e.g. `attention: q`
 * @throws Error when the tensor has another number of axes.
 */
export function requireRank<R extends keyof Ranked>(tensor: tf.Tensor, rank: R, what: string): asserts tensor is Ranked[R] {
  if (tensor.rank !== rank) throw new Error(`${what} has shape [${tensor.shape}], expected ${rank} axes`);
}
