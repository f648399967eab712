import * as tf from '@tensorflow/tfjs-core';
import { createRandom, shapesDataset } from '@wsss/datasets';
import { checkEncoder, encoderFromAttentionMask, MaskedCollaborativeContrast } from '@wsss/mcc';
import { describe, expect, it } from 'vitest';
import { HierarchicalVit } from './hierarchical-vit.js';
import { contrastNames, makeModel, modelNames } from './swap.js';
import { camMiou, trainModel } from './train-model.js';

const dataset = shapesDataset({ seed: 1, length: 4 });
const seeded = () => {
  const random = createRandom(7, 'test');
  return () => random.uniform();
};
const pairs = modelNames.flatMap(model => contrastNames.map(contrast => [model, contrast] as const));

describe('each model runs without a contrast, with its own, and with MCC', () => {
  it.each(pairs)('%s, %s', async (model, contrast) => {
    const network = makeModel(model, contrast, dataset.classes.length, seeded());
    const before = tf.memory().numTensors;
    const history = await trainModel(network, { dataset, iterations: 1, batchSize: 1, seed: 0 });
    expect(tf.memory().numTensors).toBe(before);
    const contrasted = contrast === 'mcc' || (contrast === 'own' && model === 'toco');
    const names = model === 'toco' ? ['classification', 'auxiliary', 'patchTokens'] : ['classification'];
    const own = model === 'toco' ? 'classTokens' : 'contrast';
    expect(Object.keys(history[0]!)).toEqual(['total', ...names, ...(contrasted ? [own] : [])]);
    expect(Object.values(history[0]!).every(Number.isFinite)).toBe(true);
    if (contrasted) expect(history[0]![own]).toBeGreaterThan(0);
  });

  it('and gives maps that can be scored', async () => {
    const miou = await camMiou(makeModel('plain', 'none', dataset.classes.length, seeded()), shapesDataset({ seed: 1, length: 1 }));
    expect(miou).toBeGreaterThanOrEqual(0);
  });
});

describe('HierarchicalVit', () => {
  const backbone = new HierarchicalVit(seeded());
  const images = tf.randomNormal<tf.Rank.R4>([2, 96, 96, 3], 0, 1, 'float32', 3);

  it('is an encoder that will do, with cells of 2 patches, and with cells of 1 is none', async () => {
    const encoder = encoderFromAttentionMask(backbone, backbone.patchSize);
    const options = { inputSize: backbone.embedSize, patchSize: backbone.patchSize, images };
    expect((await checkEncoder(encoder, { ...options, masks: { cell: 2 } })).leak).toBeLessThan(1e-4);
    await expect(checkEncoder(encoder, { ...options, masks: { cell: 1 } })).rejects.toThrow('checkEncoder: cls moves with hidden patches');
  });

  it('is not influenced by hidden patches', () => {
    const mask = tf.tensor4d(
      Float32Array.from({ length: 144 }, (_, i) => (i % 12 < 4 && i < 48 ? 0 : 1)),
      [1, 12, 12, 1],
    ); // sees 4×4
    const hidden = tf.reshape(mask, [1, 144]) as tf.Tensor2D;
    const ofMask = tf.image.resizeNearestNeighbor(mask as tf.Tensor4D, [96, 96]);
    const one = tf.slice(images, [0, 0, 0, 0], [1, 96, 96, 3]);
    const erased = tf.mul(one, tf.sub(1, ofMask)) as tf.Tensor4D;
    const [a, b] = [one, erased].map(image => backbone.encode(image, { hidden }).cls.dataSync()) as [Float32Array, Float32Array];
    a.forEach((value, i) => {
      expect(value).toBeCloseTo(b[i]!, 4);
    });
  });

  it('does for MCC by its attention mask, though it has no class token', () => {
    const mcc = new MaskedCollaborativeContrast(
      { inputSize: 96, hiddenSize: 16, bottleneckSize: 8, outputSize: 12, patchSize: 8, masks: { count: 2, ratio: 0.5, cell: 4 } },
      seeded(),
    );
    const cam = tf.randomUniform<tf.Rank.R4>([2, 12, 12, 3], 0, 1, 'float32', 4);
    const labels = tf.tensor2d([1, 0, 1, 0, 1, 0], [2, 3]);
    const encoder = encoderFromAttentionMask(backbone, backbone.patchSize);
    const inputs = { encoder, views: { global: [images, images] as const, local: images }, cam, labels, rng: seeded() };
    const variables = [...backbone.parameters.trainable().values()];
    const { value, grads } = tf.variableGrads(() => mcc.step(inputs).loss, variables);
    expect(value.dataSync()[0]).toBeGreaterThan(0);
    for (const [name, gradient] of Object.entries(grads)) expect(gradient.dataSync().every(Number.isFinite), name).toBe(true);
    expect(Object.keys(grads).length).toBe(variables.length);
  });
});
