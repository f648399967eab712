import * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '@wsss/ops';
import { projectToHeads } from './block.js';
import type { VisionTransformer } from './vision-transformer.js';

/**
 * How much the CLS token attends to each patch in a block: softmax(q_cls·kᵀ/√d) of each head. What it pays to itself and
 * to registers is left out, so a head's map adds up to less than 1.
 *
 * @param images float32 [B, H, W, 3], normalized.
 * @param options.block Its number; a negative one counts from the last. Default −1.
 * @returns float32 [B, h, w, heads]
 * @throws Error when there is no such block.
 *
 * @example
 * const map = tf.mean(classAttention(vit, images), 3); // [B, h, w], mean over heads
 */
export function classAttention(encoder: VisionTransformer, images: tf.Tensor, options: { block?: number } = {}): tf.Tensor4D {
  const { depth, heads, embedSize, epsilon } = encoder.config;
  const { block = -1 } = options;
  const index = block < 0 ? depth + block : block;
  if (!Number.isInteger(index) || index < 0 || index >= depth)
    throw new Error(`classAttention: there is no block ${block}; the encoder has ${depth}`);
  return tf.tidy(() => {
    let tokens: tf.Tensor3D | undefined;
    const { grid } = encoder.encode(images, {
      beforeBlock: (i, x) => {
        if (i === index) tokens = tf.keep(tf.clone(x));
      },
    });
    const weight = (name: string) => encoder.parameters.get(`blocks.${index}.${name}`);
    const normal = layerNorm(tokens!, weight('norm1.weight'), weight('norm1.bias'), epsilon);
    tokens!.dispose();
    const part = (of: tf.Tensor3D, number: number) => projectToHeads(of, weight('attn.qkv.weight'), weight('attn.qkv.bias'), number, heads);
    const query = part(tf.slice(normal, [0, 0, 0], [-1, 1, -1]), 0);
    const logits = tf.matMul(tf.mul(query, Math.sqrt(heads / embedSize)), part(normal, 1), false, true);
    const toPatches = tf.slice(tf.softmax(logits), [0, 0, 0, 1 + encoder.registers], [-1, -1, -1, -1]); // [B, heads, 1, N]
    return tf.reshape(tf.transpose(toPatches, [0, 2, 3, 1]), [-1, grid[0], grid[1], heads]) as tf.Tensor4D;
  });
}
