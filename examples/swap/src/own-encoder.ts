import * as tf from '@tensorflow/tfjs-core';
import type { MaskableEncoder } from '@wsss/mcc';

/** The least that an encoder can be: patches, a linear map of each, and the mean of those that are seen in the place of a class token. */
export function ownEncoder(patchSize: number, size: number): MaskableEncoder {
  const length = patchSize * patchSize * 3;
  const kernel = tf.variable(tf.randomNormal([length, size], 0, 0.1, 'float32', 1));
  return {
    encode(images, { visible } = {}) {
      const [batch, height, width] = images.shape;
      const strips = tf.reshape(images, [batch, height / patchSize, patchSize, width / patchSize, patchSize * 3]);
      const patches = tf.reshape(tf.transpose(strips, [0, 1, 3, 2, 4]), [-1, length]); // image by image, row by row
      const tokens = tf.relu(tf.matMul(patches, kernel));
      if (!visible) return { cls: tf.mean(tf.reshape(tokens, [batch, -1, size]), 1) };
      const seen = tf.expandDims(tf.sub(1, visible.padding), 2);
      const sum = tf.sum(tf.mul(tf.gather(tokens, visible.patches), seen), 1);
      return { cls: tf.div(sum, tf.maximum(tf.sum(seen, 1), 1)) }; // a view that sees nothing gives 0
    },
  };
}
