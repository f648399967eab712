import * as tf from '@tensorflow/tfjs-core';

/** Of each block, the numbers of the neurons of its MLP that make artifact tokens; empty where there are none. */
export type RegisterNeurons = readonly (readonly number[])[];

/**
 * Moves what some neurons say from the patches to one token that shows nothing: it gets the largest value that they have in a patch, all
 * other tokens get 0. So the artifacts that they make are in that token, which is no patch (Jiang et al., "Vision Transformers Don't Need
 * Trained Registers", 2025).
 *
 * @param activations float32 [B, T, H]: of the MLP of a block, after its nonlinearity.
 * @param neurons Numbers below H.
 * @param register Number of the token that takes them; the patches are those behind it.
 * @param hidden float32 [B, T]: 1 = a token that only pads its row.
 * @returns float32 [B, T, H]
 */
export function moveToRegister(activations: tf.Tensor3D, neurons: readonly number[], register: number, hidden?: tf.Tensor): tf.Tensor3D {
  const [batch, tokens, size] = activations.shape;
  const moved = new Float32Array(size);
  for (const neuron of neurons) moved[neuron] = 1;
  const patches = tokens - register - 1;
  return tf.tidy(() => {
    const isMoved = tf.tensor(moved, [1, 1, size]);
    const ofPatches = tf.slice(activations, [0, register + 1, 0], [batch, patches, size]);
    const padding = hidden && tf.expandDims(tf.slice(hidden, [0, register + 1], [batch, patches]), 2);
    const largest = tf.max(padding ? tf.sub(ofPatches, tf.mul(padding, 1e9)) : ofPatches, 1, true);
    const [before, own, behind] = tf.split(tf.mul(activations, tf.sub(1, isMoved)), [register, 1, patches], 1);
    return tf.concat([before!, tf.add(own!, tf.mul(largest, isMoved)), behind!], 1) as tf.Tensor3D;
  });
}
