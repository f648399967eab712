import * as tf from '@tensorflow/tfjs-core';
import { type StateDict, torchShape } from '@wsss/weights';
import { afterAll, expect, it } from 'vitest';
import { classAttention } from './class-attention.js';
import { moveToRegister } from './test-time-register.js';
import { VisionTransformer, visionTransformerParameters } from './vision-transformer.js';

const config = { imageSize: 8, patchSize: 2, embedSize: 8, depth: 4, heads: 2, mlpRatio: 2 };
const state: StateDict = new Map(
  visionTransformerParameters(config).map((spec, k) => {
    const shape = torchShape(spec);
    const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => 0.4 * Math.sin(k + 1.7 * i));
    return [spec.name, { shape, data }] as const;
  }),
);
// In block 1 neuron 3 is large where the first channel of the norm's output is, and writes a large number into channel 5.
(state.get('blocks.1.mlp.fc2.weight')!.data as Float32Array)[5 * 16 + 3] = 400;
const make = () => {
  const vit = new VisionTransformer(config);
  vit.load(state);
  return vit;
};
const vit = make();
afterAll(() => vit.dispose());
const images = tf.tensor4d(
  Float32Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => Math.sin(0.37 * i * i)),
  [2, 8, 8, 3],
);

it('moves neurons from the patches to the register, and leaves the others as they are', () => {
  // CLS, register, three patches; neuron 1 is moved.
  const activations = tf.tensor3d([[[1, 9], [2, 8], [3, 5], [4, 7], [6, 4]]]); // biome-ignore format: one token each
  const before = tf.memory().numTensors;
  const found = moveToRegister(activations, [1], 1);
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(found.arraySync()).toEqual([[[1, 0], [2, 7], [3, 0], [4, 0], [6, 0]]]); // biome-ignore format: one token each
  // The patch with 7 only pads.
  const hidden = tf.tensor2d([[0, 0, 0, 1, 0]]);
  expect((moveToRegister(activations, [1], 1, hidden).arraySync() as number[][][])[0]![1]).toEqual([2, 5]);
});

it('keeps what neurons write out of the patches', () => {
  const largest = () => {
    const norms = tf.norm(vit.encode(images).auxiliary, 'euclidean', 2).dataSync();
    return Math.max(...norms);
  };
  vit.registerNeurons = [];
  const spiked = largest();
  vit.registerNeurons = [[], [3]];
  expect(largest()).toBeLessThan(spiked / 5);
  // Without a neuron there is no such token: the same bits.
  const plain = make();
  vit.registerNeurons = [[], []];
  expect(vit.encode(images).cls.dataSync()).toEqual(plain.encode(images).cls.dataSync());
  plain.dispose();
});

it('gives the CLS token of some patches as if the others were hidden, also with padded rows', () => {
  vit.registerNeurons = [[], [3]];
  const hidden = tf.tensor2d(
    [...Array.from({ length: 16 }, (_, p) => (p < 5 ? 0 : 1)), ...Array.from({ length: 16 }, (_, p) => (p < 3 ? 0 : 1))],
    [2, 16],
  );
  const patches = tf.tensor2d([0, 1, 2, 3, 4, 16, 17, 18, 9, 9], [2, 5], 'int32');
  const padding = tf.tensor2d([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], [2, 5]);
  const [all, few] = [vit.encode(images, { hidden }).cls.dataSync(), vit.encode(images, { visible: { patches, padding } }).cls.dataSync()];
  for (const [i, value] of few.entries()) expect(value).toBeCloseTo(all[i]!, 4);
});

it('has gradients, also where blocks are computed again', () => {
  vit.registerNeurons = [[], [3]];
  const weight = vit.parameters.get('blocks.1.mlp.fc1.weight') as tf.Variable;
  const gradient = (recompute: boolean) =>
    tf.variableGrads(() => tf.sum(tf.square(vit.encode(images, { recompute }).cls)), [weight]).grads[weight.name]!.dataSync();
  const [once, again] = [gradient(false), gradient(true)];
  expect(once.some(value => value !== 0)).toBe(true);
  for (const [i, value] of again.entries()) expect(value).toBeCloseTo(once[i]!, 3);
});

it('is left out of the maps of attention', () => {
  vit.registerNeurons = [[], [3]];
  expect(classAttention(vit, images).shape).toEqual([2, 4, 4, 2]);
});

it('refuses neurons and blocks that do not exist', () => {
  const set = (neurons: number[][]) => () => {
    vit.registerNeurons = neurons;
  };
  expect(set([[16]])).toThrow('registerNeurons: block 0 has the neurons 0 to 15, not 16');
  expect(set([[], [], [], [], [1]])).toThrow('registerNeurons: there are 4 blocks, and neurons of block 4');
});
