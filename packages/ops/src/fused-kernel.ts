import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs a kernel of the running engine that computes several operations as one, where it has such a kernel, and the operations one by one
 * where it has not. The kernels' names begin with `Wsss`; `@wsss/engine` registers them for its engines.
 *
 * @param name such as `WsssGelu`
 * @param inputs of the kernel by name; undefined ones are left out
 * @param composed the same from TensorFlow.js' own operations
 */
export function fusedKernel<R extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Record<string, tf.Tensor | undefined>,
  attributes: Record<string, number>,
  composed: () => R,
): R {
  if (!tf.getKernel(name, tf.getBackend())) return composed();
  const given = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor));
  return tf.engine().runKernel(name, given as tf.NamedTensorMap, attributes) as R;
}
