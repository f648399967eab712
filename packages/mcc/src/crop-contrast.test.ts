import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { CropContrast, contrastCrops, drawCropChances } from './crop-contrast.js';
import { patchImportance } from './key-masks.js';
import type { MaskableEncoder } from './maskable-encoder.js';
import { uncertainCrops } from './uncertain-crops.js';

const seeded = (seed = 1) => {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
};

const [BATCH, SIZE] = [2, 4];
const weight = tf.variable(tf.randomUniform([3, SIZE], -1, 1, 'float32', 5));

/** Sums up images of any size by the mean of their pixels. */
const encoder: MaskableEncoder = { encode: images => ({ cls: tf.matMul(tf.mean(images, [1, 2]) as tf.Tensor2D, weight as tf.Tensor2D) }) };

const image = (seed: number) => tf.randomUniform([BATCH, 5, 6, 3], -1, 1, 'float32', seed) as tf.Tensor4D;
const [view1, view2, local] = [image(1), image(2), image(3)];
const cam = tf.randomUniform([BATCH, 8, 12, 2], 0, 1, 'float32', 4) as tf.Tensor4D;
const labels = tf.tensor2d([1, 0, 1, 1], [BATCH, 2]);
const config = { inputSize: SIZE, hiddenSize: 6, bottleneckSize: 3, outputSize: 5, cropSize: 3, count: 2 };
const inputs = () => ({ encoder, views: { global: [view1, view2] as const, local }, cam, labels, rng: seeded(2) });

describe('CropContrast', () => {
  it('is its parts put together: crops, flags, projector, loss', () => {
    const contrast = new CropContrast(config, seeded());
    const { loss, flags, positiveViews } = contrast.step({ ...inputs(), moveTeacher: false });
    const importance = patchImportance(cam, labels, [5, 6], { low: 0.25, high: 0.7 });
    const drawn = uncertainCrops(local, importance, drawCropChances(seeded(2), BATCH, [5, 6], 3), { count: 2 });
    const globalTokens = encoder.encode(tf.concat([view1, view2], 0)).cls;
    const localTokens = encoder.encode(drawn.crops).cls;
    expect(loss.arraySync()).toBe(contrast.loss({ globalTokens, localTokens, flags: drawn.flags }).arraySync());
    expect(flags.arraySync()).toEqual(drawn.flags.arraySync());
    expect(positiveViews.arraySync()).toBeCloseTo(
      (flags
        .arraySync()
        .flat()
        .reduce((sum, flag) => sum + flag) -
        4) /
        4,
      6,
    );
    contrast.dispose();
  });

  it('can be computed in two halves, the second on tensors alone', () => {
    const contrast = new CropContrast(config, seeded());
    const chances = drawCropChances(seeded(2), BATCH, [5, 6], 3);
    const globalTokens = encoder.encode(tf.concat([view1, view2], 0)).cls;
    const halves = contrastCrops(contrast, { encoder, globalTokens, local, cam, labels, chances, count: 2 });
    expect(halves.loss.arraySync()).toBe(contrast.step({ ...inputs(), moveTeacher: false }).loss.arraySync());
    const thresholds = { low: 0.25, high: 0.7, positiveRatio: 3 };
    const strict = contrastCrops(contrast, { encoder, globalTokens, local, cam, labels, chances, count: 2, thresholds });
    expect(strict.positiveViews.arraySync()).toBe(0);
    contrast.dispose();
  });

  it('moves the teacher, sends gradients to encoder and student, and leaves nothing behind but its result', () => {
    const contrast = new CropContrast({ ...config, momentum: 0.5 }, seeded());
    contrast.student.parameters.get('mlp.0.bias').assign(tf.fill([6], 2));
    const before = tf.memory().numTensors;
    tf.dispose(contrast.step(inputs()));
    expect(tf.memory().numTensors).toBe(before);
    expect([...contrast.teacher.parameters.get('mlp.0.bias').dataSync()]).toEqual(Array(6).fill(1));
    const { grads } = tf.variableGrads(() => contrast.step(inputs()).loss, [weight, ...contrast.trainable().values()]);
    for (const [name, gradient] of Object.entries(grads)) expect(Math.max(...gradient.dataSync().map(Math.abs)), name).toBeGreaterThan(0);
    expect(Object.keys(grads).length).toBe(1 + contrast.trainable().size);
    contrast.dispose();
  });
});

it('drawCropChances refuses crops that do not fit', () => {
  expect(drawCropChances(seeded(), 1, [5, 6], 5).shape).toEqual([1, 1, 2]);
  expect(() => drawCropChances(seeded(), 1, [5, 6], 6)).toThrow('crops of side 6, expected a whole number in 1…5');
  expect(() => drawCropChances(seeded(), 1, [5, 6], 0)).toThrow('expected a whole number in 1…5');
});
