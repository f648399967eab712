import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { MccStepInputs } from './contrast-head.js';
import { CropContrast } from './crop-contrast.js';
import { MaskedCollaborativeContrast } from './masked-collaborative-contrast.js';

const seeded = (seed = 1) => {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
};

const weight = tf.variable(tf.randomUniform([3, 4], -1, 1, 'float32', 5));
/** Sums up images, and rows of patches of one pixel, by the mean of what is shown. */
const encoder: MccStepInputs['encoder'] = {
  encode(images, { visible } = {}) {
    const tokens = tf.matMul(tf.reshape(images, [-1, 3]), weight as tf.Tensor2D);
    if (!visible) return { cls: tf.mean(tf.reshape(tokens, [images.shape[0], -1, 4]), 1) };
    return { cls: tf.sum(tf.mul(tf.gather(tokens, visible.patches), tf.expandDims(tf.sub(1, visible.padding), 2)), 1) };
  },
};
const image = (seed: number, shape: number[] = [2, 4, 6, 3]) => tf.randomUniform(shape, -1, 1, 'float32', seed);
const good = (): MccStepInputs => ({
  encoder,
  views: { global: [image(1), image(2)], local: image(3) },
  cam: tf.randomUniform([2, 8, 12, 2], 0, 1, 'float32', 4),
  labels: tf.tensor2d([1, 0, 1, 1], [2, 2]),
  rng: seeded(2),
});
const sizes = { inputSize: 4, hiddenSize: 6, bottleneckSize: 3, outputSize: 5 };
const contrasts = {
  MaskedCollaborativeContrast: new MaskedCollaborativeContrast(
    { ...sizes, patchSize: 1, masks: { count: 3, ratio: 0.5, cell: 2 } },
    seeded(),
  ),
  CropContrast: new CropContrast({ ...sizes, cropSize: 3, count: 2 }, seeded()),
};
afterAll(() => {
  for (const contrast of Object.values(contrasts)) contrast.dispose();
});

const views = (changed: object) => ({ views: { ...good().views, ...changed } });
const cam = (value: number, others = 0.5) => ({ cam: tf.concat([tf.fill([2, 8, 11, 2], others), tf.fill([2, 8, 1, 2], value)], 2) });
const refused: [string, object, RegExp][] = [
  ['no rng', { rng: undefined }, /step: rng is undefined, expected a function that gives seeded uniform numbers in \[0, 1\)$/],
  ['a seed for rng', { rng: 7 }, /step: rng is 7, expected a function/],
  ['an rng of integers', { rng: () => 3 }, /step: rng gave 3, expected numbers in \[0, 1\)$/],
  ['an rng of nothing', { rng: () => undefined }, /step: rng gave undefined/],
  ['no views', { views: undefined }, /step: views.local is missing in undefined, expected \{ global: \[view1, view2\], local \} or/],
  ['no local view', { views: { global: [image(1), image(2)] } }, /step: views.local is missing in an object with global/],
  ['no global views', { views: { local: image(3) } }, /step: views.global is missing in an object with local/],
  ['one global view', views({ global: [image(1)] }), /step: views.global is an array of 1, expected two views/],
  [
    'a global view that is none',
    views({ global: [image(1), undefined] }),
    /step: views.global\[1\] is undefined, expected images \[2, H, W, 3\]/,
  ],
  [
    'global views of two sizes',
    views({ global: [image(1), image(2, [2, 4, 4, 3])] }),
    /global\[1\] is a tensor \[2,4,4,3\].*both of one size/,
  ],
  ['global views of another batch', views({ global: [image(1, [1, 4, 6, 3]), image(2)] }), /views.global\[0\] is a tensor \[1,4,6,3\]/],
  [
    'global tokens of another size',
    views({ globalTokens: image(1, [4, 5]) }),
    /globalTokens is a tensor \[4,5\], expected a tensor \[4, 4\]/,
  ],
  ['a single image', views({ local: image(3, [4, 6, 3]) }), /views.local is a tensor \[4,6,3\], expected images \[B, H, W, 3\]/],
  ['channels first', views({ local: image(3, [2, 3, 4, 6]) }), /views.local is a tensor \[2,3,4,6\], expected images \[B, H, W, 3\]/],
  ['no cam', { cam: undefined }, /step: cam is undefined, expected a tensor \[2, h, w, C\]/],
  ['a cam of another batch', { cam: image(1, [3, 8, 12, 2]) }, /cam is a tensor \[3,8,12,2\], expected a tensor \[2, h, w, C\]/],
  ['a cam of another rank', { cam: image(1, [2, 8, 12]) }, /cam is a tensor \[2,8,12\]/],
  ['a cam with NaN', cam(Number.NaN), /step: cam has 32 values of 384 that are NaN, expected all in \[0, 1\]/],
  [
    'a cam of raw logits',
    cam(-4.25, 7.5),
    /step: cam has values from -4.25 to 7.5, expected all in \[0, 1\]; .*multiScaleCam.* not logits$/,
  ],
  ['a cam that is infinite', cam(Number.POSITIVE_INFINITY), /step: cam has values from 0.5 to Infinity/],
  ['a cam slightly above', cam(1.01), /step: cam has values from 0.5 to 1.01/],
  ['no labels', { labels: undefined }, /step: labels are undefined, expected a tensor \[2, 2\], like the cam \[2,8,12,2\]/],
  ['labels of other classes', { labels: tf.ones([2, 3]) }, /step: labels are a tensor \[2,3\], expected a tensor \[2, 2\]/],
  [
    'labels that are numbers of classes',
    {
      labels: tf.tensor2d([
        [2, 7],
        [0, 1],
      ]),
    },
    /step: labels have values from 0 to 7, expected 1 for the classes/,
  ],
  [
    'labels with NaN',
    {
      labels: tf.tensor2d([
        [Number.NaN, 1],
        [0, 1],
      ]),
    },
    /step: labels have 1 values of 4 that are NaN/,
  ],
  ['no encoder', { encoder: undefined }, /encoder: undefined has no method encode/],
  [
    'an encoder without cls',
    { encoder: { encode: () => ({ tokens: image(1) }) } },
    /encoder: encode\(images\) gave an object with tokens, expected \{ cls \}/,
  ],
  ['an encoder of another size', { encoder: { encode: () => ({ cls: tf.ones([4, 7]) }) } }, /gave cls of shape \[4,7\], expected \[4, 4\]/],
];

describe.each(Object.entries(contrasts))('%s.step', (name, contrast) => {
  it.each(refused)('refuses %s in one line, before the teacher moves', (_, changed, message) => {
    contrast.student.parameters.get('mlp.0.bias').assign(tf.ones([6]));
    const teacher = contrast.teacher.parameters.get('mlp.0.bias').arraySync();
    const inputs = { ...good(), ...changed } as MccStepInputs;
    const before = tf.memory().numTensors;
    let found = '';
    try {
      contrast.step(inputs);
    } catch (error) {
      found = (error as Error).message;
    }
    expect(found).toMatch(message);
    if (!/^encoder/.test(found)) expect(found).toContain(`${name}.step: `);
    expect(found).not.toContain('\n');
    expect(tf.memory().numTensors).toBe(before);
    expect(contrast.teacher.parameters.get('mlp.0.bias').arraySync()).toEqual(teacher);
  });

  it('takes what rounding makes of 0 and 1', () => {
    const { loss } = contrast.step({ ...good(), ...cam(1 + 1e-6, -1e-7) });
    expect(loss.dataSync()[0]).toBeGreaterThan(0);
  });
});

it('refuses a patch size that does not divide the local view', () => {
  const sized = (patchSize: number) => new MaskedCollaborativeContrast({ ...sizes, patchSize }, seeded());
  expect(() => sized(4).step(good())).toThrow(
    'step: views.local is 4×6, expected multiples of the patchSize 4; in the place of 6 use 4 or 8',
  );
  expect(() => sized(16).step(good())).toThrow('in the place of 4 use 16');
  expect(() => sized(1.5).step(good())).toThrow('patchSize is 1.5, expected a positive integer');
});
