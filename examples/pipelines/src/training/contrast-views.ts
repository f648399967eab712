import type * as tf from '@tensorflow/tfjs-core';
import { type Contrasted, contrastCrops } from '@wsss/mcc';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import type { StepPlan } from '../recipes/schedule.js';
import type { StepInputs, StepSettings } from './step-inputs.js';

/** The contrast of the whole image with local views: parts of it that are masked (MCC), or small crops of it (ToCo). */
export function contrastViews(
  { mcc, encoder }: SegmentationNetwork,
  globalTokens: tf.Tensor2D,
  cam: tf.Tensor4D,
  auxiliaryCam: tf.Tensor4D,
  { local, labels, low, high, cropChances, ...masks }: StepInputs,
  { mainCamForMasks }: StepPlan,
  settings: StepSettings,
): Contrasted {
  if (settings.contrast.views === 'masked') {
    const thresholds = { low, high, positiveRatio: settings.masks.positiveRatio };
    return mcc.contrast({ encoder, globalTokens, local, cam: mainCamForMasks ? cam : auxiliaryCam, labels, masks, thresholds });
  }
  const { count, positiveRatio } = settings.crops;
  const ofCrops = { encode: (crops: tf.Tensor4D) => encoder.encode(crops, { recompute: settings.recompute }) };
  const inputs = { encoder: ofCrops, globalTokens, local, cam: auxiliaryCam, labels, chances: cropChances!, count };
  return contrastCrops(mcc, { ...inputs, thresholds: { low, high, positiveRatio } });
}
