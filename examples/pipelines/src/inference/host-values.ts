import type * as tf from '@tensorflow/tfjs-core';

type Values = Float32Array | Int32Array | Uint8Array;

/** Reads tensors into host memory and disposes of them. */
export async function hostValues<Tensors extends object>(tensors: Tensors): Promise<{ [Name in keyof Tensors]: Values }> {
  const entries = Object.entries<tf.Tensor>(tensors as Record<string, tf.Tensor>);
  const values = await Promise.all(entries.map(([, tensor]) => tensor.data()));
  for (const [, tensor] of entries) tensor.dispose();
  return Object.fromEntries(entries.map(([name], i) => [name, values[i]])) as { [Name in keyof Tensors]: Values };
}
