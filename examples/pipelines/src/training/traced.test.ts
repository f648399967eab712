import * as tf from '@tensorflow/tfjs-core';
import { AdamW } from '@wsss/train';
import { describe, expect, it } from 'vitest';
import { parameterGroups } from '../network/parameter-groups.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { StepPlan } from '../recipes/schedule.js';
import { all, settings, setup } from '../test/small-step.js';
import { Iterations } from './iteration.js';
import { trainStep } from './losses.js';
import type { StepInputs, StepSettings } from './step-inputs.js';
import { TracedStep } from './traced.js';

const canTrace = tf.getBackend() === 'tensorflow';
const stepOf = (network: SegmentationNetwork, settings: StepSettings) => (inputs: StepInputs, plan: StepPlan) =>
  trainStep(network, inputs, plan, settings);

describe.skipIf(!canTrace)(`TracedStep${canTrace ? '' : ' (skipped: the native engine traces; WSSS_ENGINE=native)'}`, () => {
  it.each([
    ['everything on', all, settings],
    ['blocks recomputed', all, { ...settings, recompute: true }],
    ['before segmentation', { ...all, segmentation: false }, settings],
    ['the published recipe before segmentation', { ...all, segmentation: false }, { ...settings, variant: 'paper' as const }],
    ['masks from the main CAM', { ...all, mainCamForMasks: true }, settings],
    ['crops', all, { ...settings, contrast: { ...settings.contrast, views: 'crops' as const } }],
    ['no contrast', all, { ...settings, weights: { ...settings.weights, contrast: 0 } }],
  ])('gives the losses and gradients of the plain step: %s', async (_name, plan, settings) => {
    const { network, batch: masked } = setup();
    const cropChances = tf.randomUniform<tf.Rank.R3>([2, 17, 17], 0, 1, 'float32', 5);
    const batch = settings.contrast.views === 'crops' ? { ...masked, cropChances } : masked;
    const traced = new TracedStep(stepOf(network, settings));
    const plain = trainStep(network, batch, plan, settings);
    const found = await traced.run(batch, plan);
    const close = (a: tf.Tensor, b: tf.Tensor) => {
      const [x, y] = [a.dataSync(), b.dataSync()];
      const scale = Math.max(...y.map(Math.abs), 1e-6);
      expect(x.length).toBe(y.length);
      x.forEach((value, i) => {
        expect(Math.abs(value - y[i]!) / scale).toBeLessThan(1e-5);
      });
    };
    expect(Object.keys(found.losses)).toEqual(Object.keys(plain.losses));
    for (const [name, loss] of Object.entries(plain.losses)) close(found.losses[name]!, loss);
    expect(Object.keys(found.gradients)).toEqual(Object.keys(plain.gradients));
    for (const [name, gradient] of Object.entries(plain.gradients)) close(found.gradients[name]!, gradient);
    traced.dispose();
  });

  it('follows changed weights and new batches, records once for each shape, and leaves nothing behind', async () => {
    const { network, batch } = setup();
    const { batch: larger } = setup(48);
    const traced = new TracedStep(stepOf(network, settings));
    const total = async (inputs: typeof batch) => {
      const { losses, gradients } = await traced.run(inputs, all);
      const [value] = losses.total!.dataSync();
      tf.dispose([losses, gradients]);
      return value!;
    };
    const first = await total(batch);
    await total(larger);
    const before = tf.memory().numTensors;
    expect(await total(batch)).toBe(first);
    const head = network.variable('classifier.weight');
    tf.tidy(() => head.assign(tf.mul(head, 1.5)));
    expect(await total(batch)).not.toBe(first);
    await total(larger);
    expect(tf.memory().numTensors).toBe(before);
    expect(traced.recorded).toBe(2);
    traced.dispose();
  });

  it('forgets the graphs of a plan that is over', async () => {
    const { network, batch } = setup();
    const traced = new TracedStep(stepOf(network, settings));
    const early = { ...all, segmentation: false };
    for (const plan of [early, early, all, all, early]) {
      const { losses, gradients } = await traced.run(batch, plan);
      tf.dispose([losses, gradients]);
    }
    expect(traced.recorded).toBe(3);
    traced.dispose();
  });

  it('trains as the plain step and optimizer do', async () => {
    const runs = await Promise.all(
      [true, false].map(async traces => {
        const { network, batch } = setup();
        const optimizer = new AdamW(parameterGroups(network, { learningRate: 1e-3, headLearningRate: 1e-2, projectorLearningRate: null }));
        const step = stepOf(network, settings);
        const begin = () => network.mcc.updateTeacher();
        const parts = { step, begin, optimizer, trainable: network.trainable(), tracing: traces ? {} : null, clipNorm: null };
        const iterations = new Iterations(parts);
        const totals: number[] = [];
        for (let i = 0; i < 6; i++) {
          const copy = Object.fromEntries(Object.entries(batch).map(([key, tensor]) => [key, tf.clone(tensor)])) as typeof batch;
          const { losses } = await iterations.run([() => copy], { ...all, segmentation: i > 2 }, 1);
          totals.push(losses.total!);
        }
        return totals;
      }),
    );
    runs[0]!.forEach((total, i) => {
      expect(Math.abs(total - runs[1]![i]!)).toBeLessThan(1e-4);
    });
    expect(runs[0]![2]).toBeLessThan(runs[0]![0]!);
  });

  it('leaves the event loop free', async () => {
    const { network, batch } = setup();
    const traced = new TracedStep(stepOf(network, settings));
    await traced.run(batch, all);
    let turns = 0;
    const running = traced.run(batch, all);
    const timer = setInterval(() => turns++, 0);
    await running;
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    traced.dispose();
  });
});
