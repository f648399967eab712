import * as tf from '@tensorflow/tfjs-core';
import type { AllReduceOptions, Communicator } from './communicator.js';

/**
 * Averages gradients over all ranks: they are copied into flat buckets, and while a bucket travels the next one is filled.
 *
 * @param communicator all ranks call this with gradients of the same names, order and shapes.
 * @param gradients float32 tensors by name; they are taken over: the caller must not use or dispose of them afterwards.
 * @param options how they travel.
 * @param options.wire `float16` halves the bytes that travel, see {@link AllReduceOptions}.
 * @param options.bucket values in a bucket, default 2²⁰; a tensor is never split.
 * @returns the means, the same bits on all ranks; to be disposed of by the caller. With one process, the gradients themselves.
 *
 * @example
 * const { grads } = tf.variableGrads(loss);
 * const means = await reduceGradients(communicator, grads);
 * optimizer.step(means);
 * tf.dispose(means);
 */
export async function reduceGradients(
  communicator: Communicator,
  gradients: Readonly<Record<string, tf.Tensor>>,
  { wire, bucket = 2 ** 20 }: Pick<AllReduceOptions, 'wire'> & { bucket?: number } = {},
): Promise<Record<string, tf.Tensor>> {
  if (communicator.worldSize === 1) return { ...gradients };
  const traveling: Promise<[string, tf.Tensor][]>[] = [];
  for (const part of inBuckets(Object.entries(gradients), bucket)) {
    const flat = new Float32Array(part.reduce((sum, [, { size }]) => sum + size, 0));
    let at = 0;
    const places: { name: string; shape: number[]; values: Float32Array }[] = [];
    for (const [name, gradient] of part) {
      const values = flat.subarray(at, (at += gradient.size));
      values.set(await gradient.data());
      places.push({ name, shape: gradient.shape, values });
      gradient.dispose();
    }
    const reduced = communicator
      .allReduce(flat, { operation: 'mean', wire })
      .then(() => places.map(({ name, shape, values }): [string, tf.Tensor] => [name, tf.keep(tf.tensor(values, shape, 'float32'))]));
    reduced.catch(() => {}); // thrown below, not as an unhandled rejection before
    traveling.push(reduced);
  }
  return Object.fromEntries((await Promise.all(traveling)).flat());
}

/** Consecutive tensors of at most `limit` values together, or a single larger one. */
function inBuckets(tensors: [string, tf.Tensor][], limit: number): [string, tf.Tensor][][] {
  const buckets: [string, tf.Tensor][][] = [];
  let free = 0;
  for (const tensor of tensors) {
    const { size } = tensor[1];
    if (size > free || buckets.length === 0) {
      buckets.push([]);
      free = limit;
    }
    buckets.at(-1)!.push(tensor);
    free -= size;
  }
  return buckets;
}
