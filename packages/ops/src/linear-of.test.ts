import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { gelu } from './gelu.js';
import { layerNorm } from './layer-norm.js';
import { linear } from './linear.js';
import { linearOf } from './linear-of.js';
import { expectGradientsToMatchDifferences } from './test/gradient-check.js';

const sines = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(seed + 1.7 * i)),
    shape,
  );
const normal = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => layerNorm(x, scale, offset);

it('is the affine map of the activation', async () => {
  const [x, weight, bias] = [sines([2, 3, 4], 0), sines([4, 5], 1), sines([5], 2)] as const;
  const found = linearOf(t => gelu(t!), [x], weight, bias);
  expect(found.shape).toEqual([2, 3, 5]);
  expect(await found.data()).toEqual(await linear(gelu(x), weight, bias).data());
});

it('has the gradients that differences show, of every input', () => {
  const [x, scale, offset, weight, bias] = [sines([2, 3, 4], 0), sines([4], 3), sines([4], 4), sines([4, 5], 1), sines([5], 2)];
  expectGradientsToMatchDifferences((w, b, t) => linearOf(v => gelu(v!), [t!], w!, b!), [weight!, bias!, x!]);
  expectGradientsToMatchDifferences((w, b, ...rest) => linearOf((t, g, o) => normal(t!, g!, o!), rest, w!, b!), [weight!, bias!, x!, scale!, offset!]); // biome-ignore format: one line
});

it('has them behind another operation and inside a chain', () => {
  const [x, weight, bias] = [sines([3, 4], 0), sines([4, 4], 1), sines([4], 2)];
  expectGradientsToMatchDifferences((t, w, b) => tf.tanh(linearOf(v => gelu(v!), [linearOf(v => gelu(v!), [tf.sin(t!)], w!, b!)], w!, b!)), [x!, weight!, bias!]); // biome-ignore format: one line
});

it('leaves only its result behind', () => {
  const [x, weight, bias] = [sines([3, 4], 0), sines([4, 5], 1), sines([5], 2)] as const;
  const before = tf.memory().numTensors;
  linearOf(t => gelu(t!), [x], weight, bias).dispose();
  tf.dispose(tf.grads((t, w, b) => tf.sum(linearOf(v => gelu(v!), [t!], w!, b!)))([x, weight, bias]));
  expect(tf.memory().numTensors).toBe(before);
});
