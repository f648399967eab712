import { CropContrast, MaskedCollaborativeContrast } from '@wsss/mcc';
import { VisionTransformer } from '@wsss/vit';
import type { StateDict, UniformSource } from '@wsss/weights';
import { hierarchicalCam } from './hierarchical-cam.js';
import { HierarchicalVit } from './hierarchical-vit.js';
import type { Contrast, Model } from './model.js';
import { plainCam } from './plain-cam.js';
import { toco } from './toco.js';

export const modelNames = ['plain', 'toco', 'hierarchical'] as const;
export const contrastNames = ['none', 'own', 'mcc'] as const;
export type ModelName = (typeof modelNames)[number];
export type ContrastName = (typeof contrastNames)[number];

/** Sizes of a small encoder for images of 96², and of a projector to match. */
const sizes = { imageSize: 96, patchSize: 8, embedSize: 96, depth: 6, heads: 3 };
const projector = { inputSize: 96, hiddenSize: 256, bottleneckSize: 64, outputSize: 256 };
const thresholds = { low: 0.35, high: 0.6 };

/** One flag for all models: no contrast, the one that the model had, or MCC in its place. */
const contrasts: Record<ContrastName, (model: ModelName, random: UniformSource) => Contrast | undefined> = {
  none: () => undefined,
  own: (model, random) => (model === 'toco' ? new CropContrast({ ...projector, ...thresholds, cropSize: 24 }, random) : undefined),
  mcc: (_, random) =>
    new MaskedCollaborativeContrast({ ...projector, ...thresholds, patchSize: 8, masks: { count: 4, ratio: 0.9, cell: 2 } }, random),
};

/** @param encoderWeights Weights of the vision transformer to start from; the hierarchical one has none. */
export function makeModel(
  name: ModelName,
  contrast: ContrastName,
  classes: number,
  random: UniformSource,
  encoderWeights?: StateDict,
): Model {
  const chosen = contrasts[contrast](name, random);
  if (name === 'hierarchical') return hierarchicalCam(new HierarchicalVit(random), classes, chosen, random);
  const vit = new VisionTransformer(sizes, random);
  if (encoderWeights) vit.load(encoderWeights);
  return (name === 'toco' ? toco : plainCam)(vit, classes, chosen, random);
}
