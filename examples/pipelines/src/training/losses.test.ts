import * as tf from '@tensorflow/tfjs-core';
import { AdamW } from '@wsss/train';
import { describe, expect, it, vi } from 'vitest';
import { parameterGroups } from '../network/parameter-groups.js';
import type { LossName } from '../recipes/recipe.js';
import { all, settings, setup } from '../test/small-step.js';
import { labelF1 } from './label-f1.js';
import { type Losses, trainStep } from './losses.js';

const numbers = (losses: Losses<tf.Scalar>) =>
  Object.fromEntries(Object.entries(losses).map(([name, loss]) => [name, loss.dataSync()[0]!])) as Required<Losses>;

describe('trainStep', () => {
  it('gives finite losses whose weighted sum is the total, and a gradient for every trainable parameter', () => {
    const { network, batch } = setup();
    const { gradients, losses } = trainStep(network, batch, all, settings);
    const value = numbers(losses);
    const { weights } = settings;
    const sum = (Object.keys(weights) as LossName[]).reduce((sum, name) => sum + weights[name] * (value[name] ?? 0), 0);
    expect(value.total).toBeCloseTo(sum, 4);
    expect(value.denseEnergy).toBeLessThan(0);
    expect(Object.keys(gradients).sort()).toEqual([...network.trainable().values()].map(({ name }) => name).sort());
    for (const gradient of Object.values(gradients)) expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
  });

  it('leaves segmentation out before its time, and counts it with zero gradients in the paper recipe', () => {
    const { network, batch } = setup();
    const early = { ...all, segmentation: false };
    const decoder = network.variable('decoder.conv8.weight').name;
    const fixed = trainStep(network, batch, early, settings);
    expect(fixed.gradients[decoder]).toBeUndefined();
    expect(Object.keys(fixed.losses)).toEqual([
      'total',
      'classification',
      'auxiliary',
      'affinity',
      'contrast',
      'f1',
      'contrastChance',
      'positiveViews',
    ]);
    const paper = trainStep(network, batch, early, { ...settings, variant: 'paper' });
    expect(paper.gradients[decoder]!.dataSync().every(v => v === 0)).toBe(true);
  });

  it('computes nothing for losses of weight 0', () => {
    const { network, batch } = setup();
    const encode = vi.spyOn(network.encoder, 'encode');
    const nothing = { ...settings.weights };
    for (const name of Object.keys(nothing) as LossName[]) nothing[name] = name === 'classification' ? 1 : 0;
    const plain = trainStep(network, batch, { ...all, segmentation: false }, { ...settings, weights: nothing }, labels =>
      expect(Object.values(labels).filter(Boolean)).toEqual([]),
    );
    expect(encode.mock.calls.map(([images]) => images.shape[0])).toEqual([2]); // the training images, once
    const reached = [...network.trainable()].filter(([, { name }]) => plain.gradients[name]).map(([name]) => name);
    expect(reached.every(name => name.startsWith('encoder.') || name === 'classifier.weight')).toBe(true);
    const { total, classification, f1, ...others } = numbers(plain.losses);
    expect(total).toBe(classification);
    expect(others).toEqual({});
    expect(f1).toBeGreaterThanOrEqual(0);
  });

  it('learns the classes alone where the plan says so', () => {
    const { network, batch } = setup();
    const { losses } = trainStep(network, batch, { ...all, classificationOnly: true, segmentation: false }, settings);
    expect(Object.keys(losses)).toEqual(['total', 'classification', 'auxiliary', 'f1']);
  });

  it('teaches a classifier of the class token, which then names the classes', () => {
    const { network, batch } = setup(32, true);
    const encoding = network.encoder.encode(batch.view1);
    const { main, classToken, naming } = network.classify(encoding);
    expect(naming).toBe(classToken);
    const [logits, labels] = [classToken!.dataSync(), batch.labels.dataSync()];
    const terms = [...logits].map((x, i) => (labels[i] ? 3 * Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))));
    const weights = { ...settings.weights, classToken: 0.5 };
    const classifiers = { ...settings.classifiers, positiveWeight: 3 };
    const classes = { ...all, classificationOnly: true, segmentation: false };
    const { gradients, losses } = trainStep(network, batch, classes, { ...settings, weights, classifiers });
    const value = numbers(losses);
    expect(value.classToken).toBeCloseTo(terms.reduce((sum, term) => sum + term) / terms.length, 5);
    expect(value.total).toBeCloseTo(value.classification + value.auxiliary + 0.5 * value.classToken, 5);
    expect(value.f1).toBeCloseTo(labelF1(naming, batch.labels).dataSync()[0]!, 6);
    expect(labelF1(main, batch.labels).dataSync()[0]).not.toBeCloseTo(value.f1, 2);
    for (const name of ['weight', 'bias']) {
      const gradient = gradients[network.variable(`token_classifier.${name}`).name]!;
      expect(gradient.dataSync().some(x => x !== 0)).toBe(true);
    }
    const plain = setup().network; // the encoder learns the same without it
    const without = trainStep(plain, batch, classes, settings).gradients;
    for (const name of ['encoder.cls_token', 'encoder.blocks.3.attn.qkv.weight', 'classifier.weight'])
      expect(gradients[network.variable(name).name]!.dataSync()).toEqual(without[plain.variable(name).name]!.dataSync());
    const first = (of: typeof network) => of.variable('decoder.conv8.weight').dataSync();
    expect(first(network)).toEqual(first(plain));
    expect([...plain.trainable().keys()].filter(name => name.startsWith('token_'))).toEqual([]);
  });

  it('contrasts crops of uncertain regions where that is asked for', () => {
    const { network, batch } = setup();
    const contrast = { ...settings.contrast, views: 'crops' as const };
    const crops = { count: 3, size: 16, positiveRatio: 0.2 };
    const cropChances = tf.randomUniform<tf.Rank.R3>([2, 17, 17], 0, 1, 'float32', 5);
    const encode = vi.spyOn(network.encoder, 'encode');
    const { gradients, losses } = trainStep(network, { ...batch, cropChances }, all, { ...settings, contrast, crops });
    expect(encode.mock.calls.map(([images]) => images.shape.slice(0, 2))).toContainEqual([6, 16]);
    const { contrast: value, positiveViews } = numbers(losses);
    expect(value).toBeGreaterThan(0);
    expect(positiveViews * 6).toBeCloseTo(Math.round(positiveViews * 6), 5);
    const projector = gradients[network.variable('proj_head.mlp.0.weight').name]!.dataSync();
    expect(Math.max(...projector.map(Math.abs))).toBeGreaterThan(0);
  });

  it('is the same with blocks recomputed', () => {
    const [plain, again] = [false, true].map(recompute => {
      const { network, batch } = setup();
      const { gradients } = trainStep(network, batch, all, { ...settings, recompute });
      return gradients[network.variable('encoder.blocks.0.attn.qkv.weight').name]!.dataSync();
    }) as [Float32Array, Float32Array];
    again.forEach((value, i) => {
      expect(value).toBeCloseTo(plain[i]!, 5);
    });
  });

  it('leaves no tensors behind over many updates', () => {
    const { network, batch } = setup();
    const optimizer = new AdamW(parameterGroups(network, { learningRate: 1e-3, headLearningRate: 1e-2, projectorLearningRate: null }));
    const update = () => {
      const { gradients, losses } = trainStep(network, batch, all, settings);
      optimizer.step(gradients);
      const { total } = numbers(losses);
      tf.dispose([gradients, losses]);
      return total;
    };
    const first = update();
    const before = tf.memory().numTensors;
    let last = first;
    for (let i = 0; i < 8; i++) last = update();
    expect(tf.memory().numTensors).toBe(before);
    expect(last).toBeLessThan(first);
  });

  it('takes grids that the mask cell does not divide', () => {
    const { network, batch } = setup(56); // 7×7 patches, cells of 2×2
    const { losses } = trainStep(network, batch, all, settings);
    expect(Object.values(numbers(losses)).every(Number.isFinite)).toBe(true);
  });
});
