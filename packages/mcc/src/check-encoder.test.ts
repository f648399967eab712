import * as tf from '@tensorflow/tfjs-core';
import { VisionTransformer } from '@wsss/vit';
import { describe, expect, it } from 'vitest';
import { checkEncoder } from './check-encoder.js';
import { encoderFromAttentionMask, type MaskableEncoder, type VisibleRows } from './maskable-encoder.js';
import { MaskedCollaborativeContrast } from './masked-collaborative-contrast.js';

const seeded = (seed = 1) => {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
};

const [patch, size] = [4, 6];
const masks = { cell: 2 };
const kernel = tf.variable(tf.randomNormal([patch * patch * 3, size], 0, 0.2, 'float32', 1), true, 'tiny.kernel');
const config = { patchSize: patch, inputSize: size, masks };

/** float32 [B·h·w, D]: a linear map of each patch. */
function embed(images: tf.Tensor4D): tf.Tensor {
  const [batch, height, width] = images.shape;
  const strips = tf.reshape(images, [batch, height / patch, patch, width / patch, patch * 3]);
  return tf.relu(tf.matMul(tf.reshape(tf.transpose(strips, [0, 1, 3, 2, 4]), [-1, patch * patch * 3]), kernel as tf.Tensor2D));
}

/** The mean of what is shown; `tokens` of all patches are given, so that a test can do them harm. */
function tiny(harm: (tokens: tf.Tensor, images: tf.Tensor4D, visible?: VisibleRows) => tf.Tensor = tokens => tokens): MaskableEncoder {
  return {
    encode(images, { visible } = {}) {
      const tokens = harm(embed(images), images, visible);
      if (!visible) return { cls: tf.mean(tf.reshape(tokens, [images.shape[0], -1, size]), 1) };
      const shown = tf.expandDims(tf.sub(1, visible.padding), 2);
      const sum = tf.sum(tf.mul(tf.gather(tokens, visible.patches), shown), 1);
      return { cls: tf.div(sum, tf.maximum(tf.sum(shown, 1), 1)) };
    },
  };
}

/** The same, with another class token than the tiny encoder's. */
function withCls(change: (cls: tf.Tensor, images: tf.Tensor4D, visible?: VisibleRows) => unknown): MaskableEncoder {
  const { encode } = tiny();
  return { encode: (images, options = {}) => ({ cls: change(encode(images, options).cls, images, options.visible) as tf.Tensor }) };
}

describe('checkEncoder', () => {
  it('passes twelve lines of plain TensorFlow.js, and leaves no tensors behind', async () => {
    const encoder = {
      encode(images: tf.Tensor4D, { visible }: { visible?: VisibleRows } = {}) {
        const [B, H, W] = images.shape;
        const cut = tf.reshape(images, [B, H / patch, patch, W / patch, patch * 3]);
        const patches = tf.reshape(tf.transpose(cut, [0, 1, 3, 2, 4]), [-1, patch * patch * 3]);
        const tokens = tf.relu(tf.matMul(patches, kernel as tf.Tensor2D));
        if (!visible) return { cls: tf.mean(tf.reshape(tokens, [B, -1, size]), 1) };
        const shown = tf.expandDims(tf.sub(1, visible.padding), 2);
        const sum = tf.sum(tf.mul(tf.gather(tokens, visible.patches), shown), 1);
        return { cls: tf.div(sum, tf.maximum(tf.sum(shown, 1), 1)) };
      },
    };
    const before = tf.memory().numTensors;
    const { leak, reached } = await checkEncoder(encoder, config);
    expect(leak).toBe(0);
    expect(reached).toEqual(['tiny.kernel']);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes the configuration of a contrast, images of your own, and the variables to reach', async () => {
    const mcc = new MaskedCollaborativeContrast({ ...config, hiddenSize: 6, bottleneckSize: 3, outputSize: 5 }, seeded());
    const { reached, unreached } = await checkEncoder(tiny(), mcc.config);
    expect(reached).toEqual(['tiny.kernel']);
    expect(unreached).toEqual(expect.arrayContaining([...mcc.trainable().values()].map(({ name }) => name)));
    mcc.dispose();
    const images = tf.randomUniform([3, 12, 20, 3], 0, 255, 'float32', 1);
    expect(await checkEncoder(tiny(), { ...config, images, variables: [kernel] })).toEqual({
      leak: 0,
      reached: ['tiny.kernel'],
      unreached: [],
    });
  });

  it('passes a vision transformer, given visible patches as given an attention mask', async () => {
    const vit = new VisionTransformer({ imageSize: 16, patchSize: patch, embedSize: size, depth: 3, heads: 2 }, seeded());
    const variables = [...vit.parameters.trainable().values()];
    const { leak, reached } = await checkEncoder(vit, { ...config, variables });
    expect(leak).toBeLessThan(1e-4);
    expect(reached.length).toBe(variables.length);
    const masked = encoderFromAttentionMask({ encode: (images, { hidden } = {}) => vit.encode(images, { hidden }) }, patch);
    expect((await checkEncoder(masked, config)).leak).toBeLessThan(1e-4);
    vit.dispose();
  });

  const neighbors = (tokens: tf.Tensor) => tf.add(tokens, tf.mul(tf.concat([tf.slice(tokens, [1]), tf.slice(tokens, [0], [1])], 0), 0.1));
  const constant = tf.variable(tf.ones([1, size]), true, 'tiny.constant');
  const leaks: [string, MaskableEncoder, RegExp][] = [
    [
      'mixes neighbors',
      tiny(neighbors),
      /cls moves with hidden patches where the upper part of an image is visible, by .* % .* expected not at all/,
    ],
    ['normalizes over all patches', tiny(tokens => tf.sub(tokens, tf.mean(tokens, 0))), /cls moves with hidden patches/],
    [
      'sees whole images',
      withCls((cls, images, visible) => (visible ? tf.gather(tiny().encode(images).cls, ownImage(images, visible)) : cls)),
      /cls moves with hidden patches/,
    ],
    [
      'counts patches by columns',
      tiny((tokens, images) => {
        const [batch, height, width] = images.shape;
        return tf.reshape(tf.transpose(tf.reshape(tokens, [batch, height / patch, width / patch, size]), [0, 2, 1, 3]), [-1, size]);
      }),
      /cls moves with hidden patches/,
    ],
    [
      'looks at padding',
      {
        encode: (images, { visible } = {}) =>
          visible ? tiny().encode(images, { visible: { ...visible, padding: tf.zerosLike(visible.padding) } }) : tiny().encode(images),
      },
      /cls moves with padding where the upper part of an image is visible.*leave entries .* out of attention/,
    ],
    [
      'takes all rows from the last image',
      { encode: (images, { visible } = {}) => tiny().encode(tf.reverse(images, 0), { visible }) },
      /another image than its own/,
    ],
  ];
  it.each(leaks)('refuses one that %s', async (_, encoder, message) => {
    await expect(checkEncoder(encoder, config)).rejects.toThrow(message);
  });

  const wrong: [string, unknown, RegExp][] = [
    ['no encode', { summary: () => 1 }, /an object with summary has no method encode/],
    ['nothing', undefined, /undefined has no method encode/],
    [
      'no cls',
      { encode: () => ({ tokens: 1, grid: 2 }) },
      /encode\(images\) gave an object with tokens, grid, expected \{ cls \}, with cls a tensor \[2, 6\]/,
    ],
    ['a promise', { encode: async () => ({ cls: tf.ones([2, size]) }) }, /gave a promise/],
    [
      'a map',
      withCls(cls => tf.expandDims(cls, 1)),
      /encode\(images\) gave cls of shape \[2,1,6\], expected \[2, 6\]: one row for every image, and inputSize 6/,
    ],
    ['another size', withCls(cls => tf.concat([cls, cls], 1)), /shape \[2,12\], expected \[2, 6\]/],
    [
      'rows of images for rows of patches',
      { encode: (images: tf.Tensor4D) => tiny().encode(images) },
      /encode\(images, \{ visible \}\) gave cls of shape \[2,6\], expected \[6, 6\]/,
    ],
    ['integers', withCls(cls => tf.cast(cls, 'int32')), /cls of type int32, expected float32/],
    ['NaN', withCls(cls => tf.add(cls, Number.NaN)), /cls has NaN for whole images/],
    [
      'infinite numbers of patches',
      withCls((cls, _, visible) => (visible ? tf.mul(cls, Number.POSITIVE_INFINITY) : cls)),
      /cls has (NaN|Infinity) for rows of visible patches/,
    ],
    [
      'NaN of nothing',
      withCls((cls, _, visible) => (visible ? tf.div(cls, tf.sub(1, tf.min(visible.padding, 1, true))) : cls)),
      /cls has NaN for a row that is all padding/,
    ],
    ['a constant', withCls(cls => tf.add(tf.mul(cls, 0), constant)), /the same for two different images/],
    [
      'a constant of patches',
      withCls((cls, _, visible) => (visible ? tf.add(tf.mul(cls, 0), constant) : cls)),
      /visible patches have no influence on cls/,
    ],
    ['noise', withCls(cls => tf.add(cls, tf.randomNormal(cls.shape))), /another each time for the same images; .*dropout/],
    [
      'an error',
      {
        encode: () => {
          throw new Error('224×224 only');
        },
      },
      /given images \[2,16,16,3\]: 224×224 only/,
    ],
    ['no gradient', withCls(cls => tf.tensor(cls.dataSync(), cls.shape)), /no gradient of cls arrives from encode\(images\)/],
    [
      'no gradient of patches',
      withCls((cls, _, visible) => (visible ? tf.tensor(cls.dataSync(), cls.shape) : cls)),
      /no gradient of cls arrives from encode\(images, \{ visible \}\)/,
    ],
    ['a gradient of 0', withCls(cls => tf.add(tf.tensor(cls.dataSync(), cls.shape), tf.mul(cls, 0))), /no gradient of cls arrives/],
  ];
  it.each(wrong)('refuses one that gives %s', async (_, encoder, message) => {
    const before = tf.memory().numTensors;
    await expect(checkEncoder(encoder as MaskableEncoder, config)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
  });

  it('refuses to be asked for what it cannot check', async () => {
    const other = tf.variable(tf.scalar(1), true, 'tiny.other');
    await expect(checkEncoder(tiny(), { ...config, variables: [kernel, other] })).rejects.toThrow(
      /no gradient of cls arrives at tiny.other/,
    );
    other.dispose();
    await expect(checkEncoder(tiny(), { ...config, variables: [] })).rejects.toThrow(/no trainable variables/);
    await expect(checkEncoder(tiny(), { inputSize: size })).rejects.toThrow(/patchSize is 0, expected the side/);
    await expect(checkEncoder(tiny(), { ...config, images: tf.ones([1, 16, 16, 3]) })).rejects.toThrow(
      /\[1,16,16,3\], expected .* two images or more/,
    );
    await expect(checkEncoder(tiny(), { ...config, images: tf.ones([2, 18, 16, 3]) })).rejects.toThrow(
      /18×16, expected multiples of the patchSize 4/,
    );
    await expect(checkEncoder(tiny(), { ...config, images: tf.ones([2, 8, 16, 3]) })).rejects.toThrow(
      /more than one cell of 2 patches a side; 16×16 will do/,
    );
  });
});

/** int32 [R]: of which image each row is. */
function ownImage(images: tf.Tensor4D, { patches }: VisibleRows): tf.Tensor1D {
  const count = (images.shape[1] / patch) * (images.shape[2] / patch);
  return tf.cast(tf.floorDiv(tf.reshape(tf.slice(patches, [0, 0], [-1, 1]), [-1]), tf.scalar(count, 'int32')), 'int32') as tf.Tensor1D;
}
