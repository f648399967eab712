import * as tf from '@tensorflow/tfjs-core';
import { layerNorm, linear } from '@wsss/ops';
import type { VisionTransformer } from './vision-transformer.js';

/**
 * How much the CLS token attends to each patch in a block: softmax(q_cls·kᵀ/√d) of each head. What it pays to itself is left out, so
 * a head's map adds up to less than 1.
 *
 * @param images float32 [B, H, W, 3], normalized.
 * @param options.block Its number; a negative one counts from the last. Default −1.
 * @returns float32 [B, h, w, heads]
 * @throws Error when there is no such block.
 *
 * @example
 * const map = tf.mean(classAttention(vit, images), 3); // [B, h, w], mean over heads
 */
export function classAttention(encoder: VisionTransformer, images: tf.Tensor4D, options: { block?: number } = {}): tf.Tensor4D {
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
    const [batch, length] = normal.shape as [number, number, number];
    const part = (of: tf.Tensor, number: number, count: number) => {
      const columns = tf.slice(weight('attn.qkv.weight'), [0, number * embedSize], [-1, embedSize]);
      const projected = linear(of, columns, tf.slice(weight('attn.qkv.bias'), [number * embedSize], [embedSize]));
      return tf.transpose(tf.reshape(projected, [batch, count, heads, embedSize / heads]), [0, 2, 1, 3]);
    };
    const query = part(tf.slice(normal, [0, 0, 0], [-1, 1, -1]), 0, 1);
    const logits = tf.matMul(tf.mul(query, Math.sqrt(heads / embedSize)), part(normal, 1, length), false, true);
    const toPatches = tf.slice(tf.softmax(logits), [0, 0, 0, 1], [-1, -1, -1, -1]); // [B, heads, 1, N]
    return tf.reshape(tf.transpose(toPatches, [0, 2, 3, 1]), [batch, grid[0], grid[1], heads]) as tf.Tensor4D;
  });
}
