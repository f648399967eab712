import * as tf from '@tensorflow/tfjs-core';
import { pseudoLabels, refinedLabels } from '@wsss/cam';
import { affinityLoss, denseEnergyLoss, multilabelSoftMarginLoss, scaledProbabilities, segmentationLoss } from '@wsss/losses';
import { interpolate } from '@wsss/ops';
import type { Encoding } from '@wsss/vit';
import { unnormalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { LossName } from '../recipes/recipe.js';
import type { StepPlan } from '../recipes/schedule.js';
import { contrastViews } from './contrast-views.js';
import { energyAffinity } from './dense-energy.js';
import { labelF1 } from './label-f1.js';
import type { StepInputs, StepSettings } from './step-inputs.js';

/**
 * Scalars by name: `total`, the losses that it is the weighted sum of, and what says how it goes: `f1` of the labels that the network
 * names, `contrastChance`, which the contrast must fall below, and `positiveViews`, the share of positive local views.
 */
export type Losses<T = number> = { total: T; f1: T; contrastChance?: T; positiveViews?: T } & { [name in LossName]?: T };

/** Gradients by variable name, and the losses that they come from. */
export interface StepResult {
  gradients: Record<string, tf.Tensor>;
  losses: Losses<tf.Scalar>;
}

/** What a step derives from its CAMs; kept only for those who ask. What only losses of weight 0 need is absent. */
export interface StepLabels {
  cam?: tf.Tensor4D;
  auxiliaryCam?: tf.Tensor4D;
  flags?: tf.Tensor2D;
  affinityLabels?: tf.Tensor3D;
  segmentationLabels?: tf.Tensor3D;
}

/**
 * The losses of one training step, as docs/method.md says in section 2; differentiable with respect to the network's variables. A loss of
 * weight 0 is not computed, nor what only it would need; what need not be computed twice is computed once (2.14).
 *
 * @param inspect Called with the labels of the step before they are disposed of.
 */
export function computeLosses(
  network: SegmentationNetwork,
  inputs: StepInputs,
  plan: StepPlan,
  settings: StepSettings,
  inspect?: (labels: StepLabels) => void,
): Losses<tf.Scalar> {
  const { view1, view2, labels } = inputs;
  const { recompute } = settings;
  const thresholds = { low: inputs.low, high: inputs.high };
  const weights = plan.classificationOnly ? { ...settings.weights, affinity: 0, contrast: 0 } : settings.weights;
  const [size, height, width] = view1.shape;
  const losses: { [name in LossName]?: tf.Scalar } = {};

  // One pass over global view 1 (the training image) and, for the contrast, global view 2.
  const both = network.encoder.encode(weights.contrast ? tf.concat([view1, view2], 0) : view1, { recompute });
  const encoding = weights.contrast ? firstImages(both, size) : both;

  // 2.1 Multi-scale CAMs, for all that learns from them.
  const usesCam = weights.contrast || weights.affinity || plan.segmentation;
  const [cam, auxiliaryCam] = usesCam ? network.multiScaleCams(view1, encoding, settings.cam.scales) : [];

  // 2.2–2.4 Which local views see what matters; student, teacher, contrast.
  const contrasted = weights.contrast ? contrastViews(network, both.cls, cam!, auxiliaryCam!, inputs, plan, settings) : undefined;
  if (contrasted) losses.contrast = contrasted.loss;

  // 2.5 Classification.
  const { main, auxiliary, classToken, naming } = network.classify(encoding);
  losses.classification = multilabelSoftMarginLoss(main, labels);
  if (weights.auxiliary) losses.auxiliary = multilabelSoftMarginLoss(auxiliary, labels);
  if (classToken) losses.classToken = multilabelSoftMarginLoss(classToken, labels, settings.classifiers.positiveWeight);

  // 2.6–2.7 Affinity of patches that the auxiliary CAM labels alike.
  const affinityLabels = weights.affinity
    ? pseudoLabels(interpolate(auxiliaryCam!, encoding.grid, { mode: 'bilinear' }), labels, thresholds, inputs.patchesInside)
    : undefined;
  if (affinityLabels) losses.affinity = affinityLoss(network.tokenMap(encoding), affinityLabels);

  // 2.8–2.10 Segmentation against refined labels, and its dense energy.
  let segmentationLabels: tf.Tensor3D | undefined;
  if (plan.segmentation) {
    segmentationLabels = inputs.segmentationLabels ?? labelsOfCam(plan.mainCamForLabels ? cam! : auxiliaryCam!, inputs, settings);
    const segmentationLogits = interpolate(network.segment(encoding), [height, width], { mode: 'bilinear' });
    if (weights.segmentation) losses.segmentation = segmentationLoss(segmentationLogits, segmentationLabels);
    if (weights.denseEnergy) {
      const probabilities = scaledProbabilities(segmentationLogits, settings.denseEnergy.scale);
      const affinity = energyAffinity(probabilities, segmentationLabels, inputs, settings);
      losses.denseEnergy = denseEnergyLoss(probabilities, affinity, settings.denseEnergy.weight);
    }
  }

  inspect?.({ cam, auxiliaryCam, flags: contrasted?.flags, affinityLabels, segmentationLabels });

  // 2.11 Total.
  const names = (Object.keys(weights) as LossName[]).filter(name => losses[name]);
  const total = names.map(name => tf.mul(losses[name]!, weights[name])).reduce((sum, term) => tf.add(sum, term)) as tf.Scalar;
  const inOrder = Object.fromEntries(names.map(name => [name, losses[name]!]));
  const views = contrasted && { contrastChance: contrasted.chance, positiveViews: contrasted.positiveViews };
  return { total, ...inOrder, f1: labelF1(naming, labels), ...views };
}

/**
 * {@link computeLosses} with the gradients of the total. The teacher stays where it is: whoever iterates moves it first, once an iteration
 * (`network.mcc.updateTeacher()`), as in the reference program.
 */
export function trainStep(
  network: SegmentationNetwork,
  inputs: StepInputs,
  plan: StepPlan,
  settings: StepSettings,
  inspect?: (labels: StepLabels) => void,
): StepResult {
  let losses: Losses<tf.Scalar> | undefined;
  const variables = [...network.trainable().values()];
  const { value, grads } = tf.variableGrads(() => {
    losses = computeLosses(network, inputs, plan, settings, inspect);
    for (const loss of Object.values(losses)) tf.keep(loss as tf.Scalar);
    return losses.total;
  }, variables);
  // The authors' program adds 0 · segmentation loss before its time: the optimizer counts those steps, with zero gradients.
  if (settings.variant === 'paper') for (const variable of variables) grads[variable.name] ??= tf.zeros(variable.shape);
  if (value !== losses!.total) value.dispose();
  return { gradients: grads, losses: losses! };
}

/** 2.8 Labels of a CAM, refined by the colors of the picture. int32 [B, S, S] */
function labelsOfCam(cam: tf.Tensor4D, { view1, kept, low, high, inside }: StepInputs, settings: StepSettings): tf.Tensor3D {
  const { downScale, ...refinement } = settings.par;
  const colors = unnormalizeImages(view1, settings.normalization, settings.variant === 'paper');
  return refinedLabels(colors, cam, kept, { low, high, inside, downScale, refinement });
}

/** The encoding of the first images of a batch alone. */
function firstImages({ cls, patches, auxiliary, grid }: Encoding, count: number): Encoding {
  return {
    cls: tf.slice(cls, [0, 0], [count, -1]),
    patches: tf.slice(patches, [0, 0, 0], [count, -1, -1]),
    auxiliary: tf.slice(auxiliary, [0, 0, 0], [count, -1, -1]),
    grid,
  };
}
