import type * as tf from '@tensorflow/tfjs-core';
import { uncertainCrops } from '@wsss/cam';
import { patchImportance, positiveShare } from '@wsss/mcc';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { StepPlan } from '../recipes/schedule.js';
import type { StepInputs, StepSettings } from './step-inputs.js';

/** The contrast of the whole image with local views: parts of it that are masked (MCC), or small crops of it (ToCo). */
export function contrastViews(
  { mcc, encoder }: SegmentationNetwork,
  globalTokens: tf.Tensor2D,
  cam: tf.Tensor4D,
  auxiliaryCam: tf.Tensor4D,
  inputs: StepInputs,
  { mainCamForMasks }: StepPlan,
  { cam: { low, high }, contrast, masks, crops, recompute }: StepSettings,
): { loss: tf.Scalar; flags: tf.Tensor2D; positiveViews: tf.Scalar } {
  const { local, labels, cropChances } = inputs;
  if (contrast.views === 'masked') {
    const thresholds = { low, high, positiveRatio: masks.positiveRatio };
    const ofMasks = mainCamForMasks ? cam : auxiliaryCam;
    return mcc.contrast({ encoder, globalTokens, localView: local, cam: ofMasks, labels, masks: inputs, thresholds });
  }
  const [, height, width] = local.shape;
  const importance = patchImportance(auxiliaryCam, labels, [height, width], { low, high });
  const { crops: images, flags } = uncertainCrops(local, importance, cropChances!, crops);
  const localTokens = encoder.encode(images, { recompute }).cls;
  return { loss: mcc.loss({ globalTokens, localTokens, flags }), flags, positiveViews: positiveShare(flags) };
}
