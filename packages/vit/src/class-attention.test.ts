import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { classAttention } from './class-attention.js';
import { VisionTransformer } from './vision-transformer.js';

const config = { imageSize: 4, patchSize: 2, embedSize: 4, depth: 3, heads: 2 };
const images = tf.randomUniform([2, 4, 6, 3], -1, 1, 'float32', 1) as tf.Tensor4D;

it('is even where queries are zero', () => {
  const vit = new VisionTransformer(config); // all weights zero but the norms
  const before = tf.memory().numTensors;
  const attention = classAttention(vit, images);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(attention.shape).toEqual([2, 2, 3, 2]);
  for (const value of attention.dataSync()) expect(value).toBeCloseTo(1 / 7, 6); // six patches and the CLS token itself
});

it('favors the keys that fit the query, head by head', () => {
  // Norms put out their biases alone when their weights are 0, so that all tokens are alike but for the first block's input.
  const vit = new VisionTransformer({ ...config, depth: 1, auxiliaryBlock: 0 });
  const set = (name: string, values: number[]) => vit.parameters.get(name).assign(tf.tensor(values, vit.parameters.get(name).shape));
  // The first patch is the only one with a position; a head's key is its first channel, and the query is 1 in the first head alone.
  const position = new Array(5 * 4).fill(0);
  position[4] = 1; // after the CLS token
  set('pos_embed', position);
  const key = new Array(4 * 12).fill(0);
  key[0 * 12 + 4] = 1;
  key[0 * 12 + 6] = 1;
  set('blocks.0.attn.qkv.weight', key);
  set('blocks.0.attn.qkv.bias', [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const [first, second] = tf.unstack(classAttention(vit, tf.zeros([1, 4, 4, 3])), 3).map(map => [...map.dataSync()]);
  expect(first!.indexOf(Math.max(...first!))).toBe(0);
  const normal = Math.sqrt(3); // the first channel of [1, 0, 0, 0] after the norm: (1 − 1/4) / √(3/16)
  const share = Math.exp(normal / Math.SQRT2) / (Math.exp(normal / Math.SQRT2) + 4);
  expect(first![0]).toBeCloseTo(share, 4);
  for (const value of second!) expect(value).toBeCloseTo(1 / 5, 6);
});

it('names a block that does not exist', () => {
  const vit = new VisionTransformer(config);
  expect(() => classAttention(vit, images, { block: 3 })).toThrow('there is no block 3; the encoder has 3');
  expect(() => classAttention(vit, images, { block: -4 })).toThrow('there is no block -4');
});
