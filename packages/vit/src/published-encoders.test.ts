import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { encoderSizes, encoderWeights, fromTorch, type HostTensor, readWeights } from '@wsss/weights';
import { describe, expect, it } from 'vitest';
import type { PositionResizing } from './config.js';
import { checkWeights, type EncodeOptions, VisionTransformer } from './vision-transformer.js';

// Recorded from timm and transformers by tools/scripts/record-encoders.py.
const path = (name: string) => fileURLToPath(new URL(`../../../fixtures/encoders/${name}`, import.meta.url));
const cases: [name: string, weights: string, resizing: PositionResizing][] = [
  ['augreg', 'augreg.npz', 'bicubic'],
  ['deit3', 'deit3.pth', 'bicubic'],
  ['dinov2', 'dinov2.pth', 'offset'],
  ['dinov2-hf', 'dinov2-hf.safetensors', 'bicubic'],
  ['dinov2-reg', 'dinov2-reg.pth', 'antialiased'],
  ['dinov2-reg-small', 'dinov2-reg.pth', 'antialiased'],
];

async function load(name: string, file: string, positionResizing: PositionResizing) {
  const { tensors, opaque } = await readWeights(path(file));
  const encoder = encoderWeights(tensors, { source: file, opaque });
  const config = { ...encoderSizes(encoder.tensors), heads: 2, positionResizing };
  checkWeights(config, encoder.tensors, { source: file });
  const vit = new VisionTransformer(config);
  vit.load(encoder.tensors, { source: file });
  return { vit, encoder, expected: (await readWeights(path(`${name}.expected.safetensors`))).tensors };
}

const tensorOf = ({ shape, data }: HostTensor): tf.Tensor => tf.tensor(data, shape);

/** The largest difference, relative to the largest value. */
function difference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  const [a, b] = [Array.from(found), Array.from(expected)];
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(...b.map(Math.abs));
}

describe.each(cases)('%s', (name, file, resizing) => {
  it('computes what PyTorch computes, with the same gradients', async () => {
    const { vit, expected } = await load(name, file, resizing);
    const images = tensorOf(expected.get('images')!) as tf.Tensor4D;
    const results = ['cls', 'patches', 'auxiliary'] as const;
    const weights = results.map(key => tensorOf(expected.get(`weights.${key}`)!));
    for (const options of [{}, { recompute: true }] as EncodeOptions[]) {
      const found = vit.encode(images, options);
      for (const key of results) expect(difference(found[key].dataSync(), expected.get(key)!.data), key).toBeLessThan(2e-5);
      tf.dispose(results.map(key => found[key]));

      const variables = vit.parameters.trainable();
      const { value, grads } = tf.variableGrads(() => {
        const encoding = vit.encode(images, options);
        return tf.addN(results.map((key, i) => tf.sum(tf.mul(encoding[key], weights[i]!)))) as tf.Scalar;
      }, [...variables.values()]);
      value.dispose();
      for (const [parameter, variable] of variables) {
        const spec = vit.parameters.specs.find(each => each.name === parameter)!;
        const theirs = fromTorch(expected.get(`gradients.${parameter}`)!.data as Float32Array, spec);
        expect(difference(grads[variable.name]!.dataSync(), theirs), parameter).toBeLessThan(2e-4);
      }
      tf.dispose(grads);
    }
    tf.dispose([images, ...weights]);
    vit.dispose();
  });
});

it('tells what each file holds', async () => {
  const found = [];
  for (const [name, file, resizing] of cases.slice(0, 5)) {
    const { vit, encoder } = await load(name, file, resizing);
    const { layerScale, registers } = vit.config;
    found.push([encoder.naming, encoder.heads, vit.config.patchSize, vit.config.imageSize, layerScale, registers]);
    vit.dispose();
  }
  expect(found).toEqual([
    ['Google', 2, 8, 32, false, 0],
    ['timm', undefined, 16, 32, true, 0],
    ['timm', undefined, 14, 56, true, 0],
    ['Hugging Face', undefined, 14, 56, true, 0],
    ['timm', undefined, 14, 56, true, 3],
  ]);
});

it('hides and leaves out patches, never registers', async () => {
  const { vit, expected } = await load('dinov2-reg', 'dinov2-reg.pth', 'antialiased');
  const before = tf.memory().numTensors;
  const images = tensorOf(expected.get('images')!) as tf.Tensor4D;
  const hidden = tf.tensor2d(
    Float32Array.from({ length: 60 }, (_, i) => (i % 30 < 3 ? 0 : 1)),
    [2, 30],
  );
  const padded = {
    patches: tf.tensor2d([0, 1, 2, 0, 30, 31, 32, 0], [2, 4], 'int32'),
    padding: tf.tensor2d([0, 0, 0, 1, 0, 0, 0, 1], [2, 4]),
  };
  const [masked, visible] = [vit.encode(images, { hidden }), vit.encode(images, { visible: padded })];
  expect(difference(visible.cls.dataSync(), masked.cls.dataSync())).toBeLessThan(1e-5);
  expect([visible.patches.shape, masked.patches.shape, masked.auxiliary.shape]).toEqual([
    [2, 4, 12],
    [2, 30, 12],
    [2, 30, 12],
  ]);
  const whole = vit.encode(images);
  expect(difference(whole.cls.dataSync(), masked.cls.dataSync())).toBeGreaterThan(1e-2);
  for (const { cls, patches, auxiliary } of [masked, visible, whole]) tf.dispose([cls, patches, auxiliary]);
  tf.dispose([images, hidden, padded.patches, padded.padding]);
  expect(tf.memory().numTensors).toBe(before);
  vit.dispose();
});
