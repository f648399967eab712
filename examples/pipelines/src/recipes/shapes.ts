import { defaultAugmentation } from '@wsss/datasets/augment';
import type { Recipe } from './recipe.js';
import type { ScheduleShares } from './schedule.js';
import { voc, vocShares } from './voc.js';

/** Sizes of the small encoder that weights/shapes-encoder.safetensors holds, pretrained on classifying Shapes. */
export const shapesBackbone = { imageSize: 96, patchSize: 8, embedSize: 96, depth: 6, heads: 3 };

/** Hue tells the classes' marks apart, so that it is changed little and never taken away. */
const gentle = {
  mirror: 0.5,
  jitter: { probability: 0.5, brightness: 0.3, contrast: 0.3, saturation: 0.2, hue: 0.02 },
  grayscale: { probability: 0 },
  blur: { probability: 0.3, radius: [0.1, 0.8] as [number, number] },
};

/** MCC on the generated Shapes, small enough for a laptop: 96² images, a small encoder, cells of 2×2 patches. */
export const shapes: Recipe = {
  ...voc,
  backbone: shapesBackbone,
  crop: 96,
  batch: 4,
  iterations: 700,
  optimizer: { ...voc.optimizer, learningRate: 2e-4, headLearningRate: 5e-3, projectorLearningRate: 3e-4 },
  weights: { ...voc.weights, contrast: 0.1, segmentation: 0.2 },
  cam: { ...voc.cam, scales: [1, 0.5], low: 0.15, high: 0.22, background: 0.2 },
  classifiers: { ...voc.classifiers, initialScale: 0 },
  masks: { count: 4, ratio: 0.9, cell: 2, positiveRatio: 0.2 },
  projector: { hiddenSize: 256, bottleneckSize: 64, outputSize: 256 },
  decoder: { hiddenSize: 96, dilation: 1 },
  par: { ...voc.par, dilations: [1, 2, 4, 8] },
  augmentation: {
    ...defaultAugmentation,
    scale: [0.8, 1.25],
    view1: { ...defaultAugmentation.view1, ...gentle },
    view2: { ...defaultAugmentation.view2, ...gentle },
    local: { ...defaultAugmentation.local, ...gentle },
  },
  evaluation: { size: null, every: null, before: true, batch: 16 },
  log: { every: 10, checkpointEvery: null, keepCheckpoints: 3 },
};

/** The classes are learned first, which takes a fifth of the other iterations' time: all else learns from their CAMs. */
export const shapesShares: ScheduleShares = { ...vocShares, classification: 0.35, segmentation: 0.35, mainCamForMasks: -1 };
