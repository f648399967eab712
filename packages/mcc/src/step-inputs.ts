import * as tf from '@tensorflow/tfjs-core';
import { noGradient } from '@wsss/ops';
import type { UniformSource } from '@wsss/weights';
import { described } from './class-tokens.js';
import type { MccStepInputs } from './contrast-head.js';

/** What rounding may add to a number in [0, 1]. */
const ROUNDING = 1e-4;

/**
 * Refuses inputs of a `step` that would give a loss without meaning, or an error from deep within.
 *
 * Values of `cam` and `labels` are read back, two numbers a step. On webgpu they are not: it cannot read at once.
 *
 * @param step Whose inputs they are, for messages.
 * @param inputSize D, for `views.globalTokens`.
 * @throws Error naming what is missing, or of the wrong shape or range, and what is expected.
 */
export function checkStepInputs(step: string, { views, cam, labels, rng }: MccStepInputs, inputSize: number): void {
  if (typeof rng !== 'function')
    throw new Error(`${step}: rng is ${described(rng)}, expected a function that gives seeded uniform numbers in [0, 1)`);
  checkViews(step, views, inputSize);
  const batch = views.local.shape[0]!;
  if (!isTensor(cam, 4) || cam.shape[0] !== batch)
    throw new Error(`${step}: cam is ${described(cam)}, expected a tensor [${batch}, h, w, C]: a map for every image and class`);
  const classes = cam.shape[3]!;
  if (!isTensor(labels, 2) || `${labels.shape}` !== `${[batch, classes]}`)
    throw new Error(`${step}: labels are ${described(labels)}, expected a tensor [${batch}, ${classes}], like the cam [${cam.shape}]`);
  if (tf.getBackend() !== 'webgpu') checkValues(step, cam, labels);
}

/** @returns the same numbers, each of which is checked. */
export function checkedUniform(step: string, rng: UniformSource): UniformSource {
  return () => {
    const value = rng();
    if (!(value >= 0 && value < 1)) throw new Error(`${step}: rng gave ${value}, expected numbers in [0, 1)`);
    return value;
  };
}

function checkViews(step: string, views: MccStepInputs['views'], inputSize: number): void {
  const expected = '{ global: [view1, view2], local } or { globalTokens, local }';
  const { local, global, globalTokens } = (views ?? {}) as { local?: unknown; global?: unknown; globalTokens?: unknown };
  if (local === undefined) throw new Error(`${step}: views.local is missing in ${described(views)}, expected ${expected}`);
  if (!isTensor(local, 4) || local.shape[3] !== 3)
    throw new Error(`${step}: views.local is ${described(local)}, expected images [B, H, W, 3]`);
  const [batch] = local.shape;
  if (globalTokens !== undefined) {
    if (!isTensor(globalTokens, 2) || `${globalTokens.shape}` !== `${[2 * batch!, inputSize]}`)
      throw new Error(
        `${step}: views.globalTokens is ${described(globalTokens)}, expected a tensor [${2 * batch!}, ${inputSize}]: ` +
          'the class tokens of the first view of every image, then of the second; inputSize columns',
      );
    return;
  }
  if (global === undefined) throw new Error(`${step}: views.global is missing in ${described(views)}, expected ${expected}`);
  if (!Array.isArray(global) || global.length !== 2)
    throw new Error(`${step}: views.global is ${described(global)}, expected two views [view1, view2]`);
  for (const [i, view] of global.entries())
    if (!isTensor(view, 4) || view.shape[0] !== batch || `${view.shape}` !== `${global[0].shape}` || view.shape[3] !== 3)
      throw new Error(`${step}: views.global[${i}] is ${described(view)}, expected images [${batch}, H, W, 3], both of one size`);
}

function checkValues(step: string, cam: tf.Tensor, labels: tf.Tensor): void {
  const outside = (x: tf.Tensor) => {
    const inside = tf.logicalAnd(tf.greaterEqual(x, -ROUNDING), tf.lessEqual(x, 1 + ROUNDING)); // not so for NaN
    return tf.sum(tf.cast(tf.logicalNot(inside), 'float32'));
  };
  const counts = noGradient(() => tf.stack([cam, labels].map(outside)));
  const [ofCam, ofLabels] = counts.dataSync();
  counts.dispose();
  if (ofCam)
    throw new Error(
      `${step}: cam has ${valuesOf(cam)}, expected all in [0, 1]; ` +
        'give class activation maps, as multiScaleCam of @wsss/cam makes them, not logits',
    );
  if (ofLabels) throw new Error(`${step}: labels have ${valuesOf(labels)}, expected 1 for the classes of an image, and 0`);
}

function valuesOf(x: tf.Tensor): string {
  let [low, high, notNumbers] = [Infinity, -Infinity, 0];
  const values = x.dataSync();
  for (const value of values) {
    if (Number.isNaN(value)) notNumbers++;
    low = Math.min(low, Number.isNaN(value) ? low : value);
    high = Math.max(high, Number.isNaN(value) ? high : value);
  }
  if (notNumbers) return `${notNumbers} values of ${values.length} that are NaN`;
  return `values from ${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))}`;
}

function isTensor(value: unknown, rank: number): value is tf.Tensor {
  return value instanceof tf.Tensor && value.rank === rank;
}
