import * as tf from '@tensorflow/tfjs-core';
import { type InterpolateOptions, interpolate, noGradient } from '@wsss/ops';
import type { PositionResizing } from './config.js';

const resizing: Readonly<Record<PositionResizing, InterpolateOptions>> = {
  bicubic: { mode: 'bicubic' },
  offset: { mode: 'bicubic', excess: 0.1 },
  antialiased: { mode: 'bicubic', antialias: true },
};

/**
 * The patch part of a learned positional embedding, resized to another patch grid by bicubic interpolation (half-pixel centers, a = −0.75;
 * with antialiasing −0.5).
 *
 * @param embedding float32 [1, 1 + g·g, D]: the CLS token's first.
 * @param grid Rows h and columns w of patches.
 * @returns `cls` float32 [1, 1, D] and `patches` float32 [1, h·w, D]. No gradient flows to the embedding.
 * @throws Error when the embedding is not that of a square grid.
 */
export function positionalEmbedding(
  embedding: tf.Tensor,
  grid: readonly [number, number],
  how: PositionResizing = 'bicubic',
): { cls: tf.Tensor3D; patches: tf.Tensor3D } {
  const [, length, size] = embedding.shape as [number, number, number];
  const side = Math.sqrt(length - 1);
  if (embedding.rank !== 3 || embedding.shape[0] !== 1 || !Number.isInteger(side) || side < 1)
    throw new Error(`positionalEmbedding: the embedding has shape [${embedding.shape}], expected [1, 1 + g·g, D] of a square grid`);
  const [rows, columns] = grid;
  return noGradient(() => {
    const cls = tf.slice(embedding, [0, 0, 0], [1, 1, size]) as tf.Tensor3D;
    const patches = tf.slice(embedding, [0, 1, 0], [1, side * side, size]) as tf.Tensor3D;
    if (rows === side && columns === side) return { cls, patches };
    const resized = interpolate(tf.reshape(patches, [1, side, side, size]) as tf.Tensor4D, grid, resizing[how]);
    return { cls, patches: tf.reshape(resized, [1, rows * columns, size]) as tf.Tensor3D };
  });
}
