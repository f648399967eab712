import * as tf from '@tensorflow/tfjs-core';
import { boxMask, keptClasses, pseudoLabels, refinedLabels } from '@wsss/cam';
import { hostCall } from '@wsss/engine';
import {
  affinityLoss,
  type BilateralFilter,
  denseEnergyAffinity,
  denseEnergyLoss,
  multilabelSoftMarginLoss,
  scaledProbabilities,
  segmentationLoss,
} from '@wsss/losses';
import { type KeyMasks, keyMaskTensors, patchImportance, positiveShare, uncertainCrops } from '@wsss/mcc';
import { interpolate } from '@wsss/ops';
import type { Encoding } from '@wsss/vit';
import { type Normalization, unnormalizeImages } from '../network/normalize.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { Recipe } from '../recipes/recipe.js';

/** What one iteration learns from. */
export interface StepBatch {
  /** float32 [B, S, S, 3], normalized: the training crop, which is view 1. */
  image: tf.Tensor4D;
  /** float32 [B, S, S, 3], normalized: view 2, a random resized crop of the same picture. */
  globalView: tf.Tensor4D;
  /** float32 [B, S, S, 3], normalized: the training crop with other colors, of which local views see a few patches. */
  localView: tf.Tensor4D;
  /** [B, 4]: top, bottom, left, right of the picture inside the crop, in pixels. */
  boxes: Int32Array;
  /** [B, C]: image-level labels, 0 or 1. */
  labels: Float32Array;
  /** Key masks of the local views. */
  masks: KeyMasks;
  /** Of a contrast of crops: float32 [B, S − s + 1, S − s + 1], uniform numbers that decide where they are; see `uncertainCrops`. */
  cropChances?: tf.Tensor3D;
}

/** A batch as tensors alone: what an iteration is a function of, beside its plan and the network's variables. */
export type StepInputs = ReturnType<typeof stepInputs>;

/** Numbers of visible patches and of kept classes are rounded up to these, so that few shapes occur and a traced iteration serves again. */
const visibleSteps = 16;
const classSteps = [3, 4, 6, 8, 12];

/** The tensors of a batch; the caller disposes of them. The views are the batch's own. */
export function stepInputs(batch: StepBatch, { variant }: Pick<StepSettings, 'variant'>) {
  const { image, globalView, localView, boxes, masks, cropChances } = batch;
  const [size, height, width] = image.shape;
  const classes = batch.labels.length / size;
  const cell = height / masks.grid[0];
  return {
    image,
    globalView,
    localView,
    labels: tf.tensor2d(batch.labels, [size, classes]),
    /** int32 [B, M], see keptClasses. */
    kept: keptClasses(batch.labels, classes, classSteps),
    /** int32 [B, 4] */
    boxes: tf.tensor2d(boxes, [size, 4], 'int32'),
    /** float32 [B, S, S]: 1 inside the picture. */
    inside: boxMask(boxes, [height, width]),
    /** float32 [B, h, w]: patches inside the picture. The authors' program applies the box, given in pixels, to patches. */
    patchesInside: boxMask(boxes, masks.grid, variant === 'paper' ? 1 : cell),
    ...keyMaskTensors(masks, visibleSteps),
    ...(cropChances && { cropChances }),
  };
}

/** What an iteration's place in the schedule decides. */
export interface StepPlan {
  /** Whether segmentation and dense energy are part of the loss. */
  segmentation: boolean;
  /** Whether the masks' importance comes from the main rather than the auxiliary CAM. */
  mainCamForMasks: boolean;
  /** Whether refined labels come from the main rather than the auxiliary CAM. */
  mainCamForLabels: boolean;
}

/** Settings of an iteration: the part of a recipe that it needs, and how images were normalized. */
export type StepSettings = Pick<
  Recipe,
  'variant' | 'recompute' | 'weights' | 'cam' | 'contrast' | 'masks' | 'crops' | 'par' | 'denseEnergy'
> & {
  normalization: Normalization;
  /** The bilateral filter of the dense energy, such as `bilateralFilter` of @wsss/crf. */
  filter: BilateralFilter;
};

/** Scalars of one iteration, in the order of {@link StepResult.losses}. */
export const lossNames = [
  'total',
  'classification',
  'auxiliary',
  'affinity',
  'contrast',
  'segmentation',
  'denseEnergy',
  'positiveViews',
] as const;

export interface StepResult {
  /** Gradients of the total loss by variable name. */
  gradients: Record<string, tf.Tensor>;
  /** float32 [8]: the scalars of {@link lossNames}; 0 where a loss is not yet active. */
  losses: tf.Tensor1D;
}

/** What an iteration derives from its CAMs; kept only for those who ask. What only losses of weight 0 need is absent. */
export interface StepLabels {
  cam?: tf.Tensor4D;
  auxiliaryCam?: tf.Tensor4D;
  flags?: tf.Tensor2D;
  affinityLabels?: tf.Tensor3D;
  segmentationLabels?: tf.Tensor3D;
}

/**
 * One training step of MCC up to its gradients. The teacher stays where it is: whoever iterates moves it first, once an iteration
 * (`network.mcc.updateTeacher()`), as in the reference program.
 *
 * What need not be computed twice is computed once: view 1 is the training image, and teacher and student share the encoder, so one
 * pass over views 1 and 2 serves classification, segmentation, both projectors and the unmirrored CAM; local views encode only the
 * patches they see. A loss of weight 0 is not computed, nor what only it would need.
 *
 * @param inspect Called with the labels of the iteration before they are disposed of.
 */
export function trainStep(
  network: SegmentationNetwork,
  inputs: StepInputs,
  plan: StepPlan,
  settings: StepSettings,
  inspect?: (labels: StepLabels) => void,
): StepResult {
  let losses: tf.Tensor1D | undefined;
  const variables = [...network.trainable().values()];
  const { value, grads } = tf.variableGrads(() => {
    const scalars = computeLosses(network, inputs, plan, settings, inspect);
    losses = tf.keep(tf.stack(scalars) as tf.Tensor1D);
    return scalars[0]!;
  }, variables);
  value.dispose();
  if (settings.variant === 'paper') {
    // The authors' program adds 0 · segmentation loss before its time: the optimizer counts those steps, with zero gradients.
    for (const variable of variables) grads[variable.name] ??= tf.zeros(variable.shape);
  }
  return { gradients: grads, losses: losses! };
}

/** The scalars of {@link lossNames}; the first is the total. Differentiable with respect to the network's variables. */
export function computeLosses(
  network: SegmentationNetwork,
  inputs: StepInputs,
  plan: StepPlan,
  settings: StepSettings,
  inspect?: (labels: StepLabels) => void,
): tf.Scalar[] {
  const { image, globalView, labels } = inputs;
  const { weights, cam: thresholds } = settings;
  const [size, height, width] = image.shape;
  const paper = settings.variant === 'paper';
  const none = () => tf.scalar(0);

  // One pass over view 1 (the training image) and, for the contrast, view 2.
  const both = network.encoder.encode(weights.contrast ? tf.concat([image, globalView], 0) : image, { recompute: settings.recompute });
  const encoding = weights.contrast ? firstRows(both, size) : both;

  // 1. Multi-scale CAMs, for all that learns from them.
  const usesCam = weights.contrast || weights.affinity || plan.segmentation;
  const [cam, auxiliaryCam] = usesCam ? network.multiScaleCams(image, encoding, thresholds.scales) : [];

  // 2.–4. Which local views see what matters; student, teacher, contrast.
  const contrasted = weights.contrast ? contrastViews(network, both.cls, cam!, auxiliaryCam!, inputs, plan, settings) : undefined;
  const { loss: contrast = none(), flags, positiveViews = none() } = contrasted ?? {};

  // 5. Classification.
  const { logits, auxiliary } = network.classify(encoding);
  const classification = multilabelSoftMarginLoss(logits, labels);
  const classificationAuxiliary = weights.auxiliary ? multilabelSoftMarginLoss(auxiliary, labels) : none();

  // 6.–7. Affinity of patches that the auxiliary CAM labels alike.
  const { grid } = encoding;
  const affinityLabels = weights.affinity
    ? pseudoLabels(interpolate(auxiliaryCam!, grid, { mode: 'bilinear' }), labels, thresholds, inputs.patchesInside)
    : undefined;
  const affinity = affinityLabels ? affinityLoss(network.tokenMap(encoding), affinityLabels) : none();

  // 8.–10. Segmentation against refined labels, and its dense energy.
  let segmentation = none();
  let denseEnergy = none();
  let segmentationLabels: tf.Tensor3D | undefined;
  if (plan.segmentation) {
    const { inside, kept } = inputs;
    const { downScale, ...refinement } = settings.par;
    const colors = unnormalizeImages(image, settings.normalization, paper);
    segmentationLabels = refinedLabels(colors, plan.mainCamForLabels ? cam! : auxiliaryCam!, kept, {
      ...thresholds,
      inside,
      downScale,
      refinement,
    });
    const segmentationLogits = interpolate(network.segment(encoding), [height, width], { mode: 'bilinear' });
    if (weights.segmentation) segmentation = segmentationLoss(segmentationLogits, segmentationLabels);
    if (weights.denseEnergy) {
      const probabilities = scaledProbabilities(segmentationLogits, settings.denseEnergy.scale);
      const affinity = energyAffinity(probabilities, segmentationLabels, inputs, settings);
      denseEnergy = denseEnergyLoss(probabilities, affinity, settings.denseEnergy.weight);
    }
  }

  inspect?.({ cam, auxiliaryCam, flags, affinityLabels, segmentationLabels });

  // 11. Total.
  const total = [
    tf.mul(classification, weights.classification),
    tf.mul(classificationAuxiliary, weights.auxiliary),
    tf.mul(affinity, weights.affinity),
    tf.mul(contrast, weights.contrast),
    ...(plan.segmentation ? [tf.mul(segmentation, weights.segmentation), tf.mul(denseEnergy, weights.denseEnergy)] : []),
  ].reduce((sum, term) => tf.add(sum, term)) as tf.Scalar;
  return [total, classification, classificationAuxiliary, affinity, contrast, segmentation, denseEnergy, positiveViews];
}

/** The contrast of the whole image with local views: parts of it that are masked (MCC), or small crops of it (ToCo). */
function contrastViews(
  { mcc, encoder }: SegmentationNetwork,
  globalTokens: tf.Tensor2D,
  cam: tf.Tensor4D,
  auxiliaryCam: tf.Tensor4D,
  inputs: StepInputs,
  { mainCamForMasks }: StepPlan,
  { cam: { low, high }, contrast, masks, crops, recompute }: StepSettings,
): { loss: tf.Scalar; flags: tf.Tensor2D; positiveViews: tf.Scalar } {
  const { localView, labels, cropChances } = inputs;
  if (contrast.views === 'masked') {
    const thresholds = { low, high, positiveRatio: masks.positiveRatio };
    return mcc.contrast({
      encoder,
      globalTokens,
      local: localView,
      cam: mainCamForMasks ? cam : auxiliaryCam,
      labels,
      masks: inputs,
      thresholds,
    });
  }
  const [, height, width] = localView.shape;
  const importance = patchImportance(auxiliaryCam, labels, [height, width], { low, high });
  const { crops: images, flags } = uncertainCrops(localView, importance, cropChances!, crops);
  const localTokens = encoder.encode(images, { recompute }).cls;
  return { loss: mcc.loss({ globalTokens, localTokens, flags }), flags, positiveViews: positiveShare(flags) };
}

/** The dense energy's affinity, on the processor: the lattice is no tensor code. */
function energyAffinity(
  probabilities: tf.Tensor4D,
  labels: tf.Tensor3D,
  { image, boxes }: StepInputs,
  { denseEnergy: energy, filter, normalization, variant }: StepSettings,
): tf.Tensor4D {
  const [batch, h, w, classes] = probabilities.shape;
  const [, height, width] = image.shape;
  const compute = (...[ofClasses, images, ofPixels, ofBoxes]: (Float32Array | Int32Array)[]) =>
    denseEnergyAffinity(
      {
        probabilities: ofClasses!,
        size: [h, w],
        classes,
        batch,
        images: images!,
        imageSize: [height, width],
        boxes: ofBoxes,
        labels: ofPixels,
      },
      filter,
      { sigmaRgb: energy.sigmaColor, sigmaXy: energy.sigmaPosition, phantomPoints: variant === 'paper' },
    );
  return tf.tidy(
    () => hostCall(compute, [probabilities, unnormalizeImages(image, normalization), labels, boxes], probabilities.shape) as tf.Tensor4D,
  );
}

function firstRows({ cls, patches, auxiliary, grid }: Encoding, count: number): Encoding {
  return {
    cls: tf.slice(cls, [0, 0], [count, -1]),
    patches: tf.slice(patches, [0, 0, 0], [count, -1, -1]),
    auxiliary: tf.slice(auxiliary, [0, 0, 0], [count, -1, -1]),
    grid,
  };
}
