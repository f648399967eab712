import * as tf from '@tensorflow/tfjs-core';
import { artifactTokens } from '@wsss/cam';
import type { RegisterNeurons, VisionTransformer } from '@wsss/vit';
import { findArtifacts } from './find-artifacts.js';

/** Numbers of neurons that are tried, one after the other. */
const tried = [1, 2, 5, 10, 20, 50];

/**
 * The fewest neurons that make an encoder's artifact tokens: those that are largest there, in the blocks up to the auxiliary one; as many
 * as it takes for no artifact to be left when they are moved to a register, or if that is not to be had, for the fewest (Jiang et al.,
 * "Vision Transformers Don't Need Trained Registers", 2025, algorithm 1).
 *
 * @param images float32 [1, S, S, 3] each, normalized; there are artifacts in one of them.
 * @param ratio A token is an artifact if its norm is more than this times the median of its image.
 * @returns by block. The encoder is as it was.
 */
export async function findRegisterNeurons(
  encoder: VisionTransformer,
  images: readonly tf.Tensor4D[],
  ratio: number,
): Promise<RegisterNeurons> {
  const before = encoder.registerNeurons;
  encoder.registerNeurons = [];
  const candidates = await strongestNeurons(encoder, images, ratio);
  let best: { neurons: RegisterNeurons; share: number } = { neurons: [], share: Number.POSITIVE_INFINITY };
  for (const count of tried) {
    const neurons: number[][] = Array.from({ length: encoder.config.depth }, () => []);
    for (const { block, neuron } of candidates.slice(0, count)) neurons[block]!.push(neuron);
    encoder.registerNeurons = neurons;
    const share = (await findArtifacts(encoder, images, ratio))?.share ?? 0;
    if (share < best.share) best = { neurons, share };
    if (!share) break;
  }
  encoder.registerNeurons = before;
  return best.neurons;
}

/** Neurons by how large they are at artifact tokens, in the mean; the largest first. */
async function strongestNeurons(encoder: VisionTransformer, images: readonly tf.Tensor4D[], ratio: number) {
  const { depth, auxiliaryBlock } = encoder.config;
  const last = auxiliaryBlock < 0 ? depth + auxiliaryBlock : auxiliaryBlock;
  const sums: Float64Array[] = [];
  for (const image of images) {
    const ofBlocks = tf.tidy(() => {
      const activations: tf.Tensor3D[] = [];
      const { auxiliary } = encoder.encode(image, {
        afterGelu: (block, values) => {
          if (block <= last) activations[block] = tf.keep(tf.clone(values));
        },
      });
      const flags = artifactTokens(auxiliary, ratio); // [1, N]
      const found = activations.map(values => {
        const [, tokens, size] = values.shape;
        const first = tokens - flags.shape[1];
        const ofPatches = tf.reshape(tf.slice(values, [0, first, 0], [1, tokens - first, size]), [tokens - first, size]);
        return tf.matMul(flags, tf.abs(ofPatches));
      });
      tf.dispose(activations);
      return found;
    });
    for (const [block, values] of ofBlocks.entries()) {
      const added = await values.data();
      sums[block] ??= new Float64Array(added.length);
      for (const [neuron, value] of added.entries()) sums[block][neuron]! += value;
    }
    tf.dispose(ofBlocks);
  }
  const neurons = sums.flatMap((ofBlock, block) => Array.from(ofBlock, (size, neuron) => ({ block, neuron, size })));
  return neurons.sort((a, b) => b.size - a.size).slice(0, tried.at(-1)!);
}
