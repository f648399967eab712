import { defaultAugmentation } from '@wsss/datasets/augment';
import type { Recipe } from './recipe.js';
import type { ScheduleShares } from './schedule.js';

/** The recipe of the paper for PASCAL VOC 2012: 20 000 iterations of 4 crops of 448². */
export const voc: Recipe = {
  variant: 'fixed',
  backbone: 'deit_base_patch16_224',
  normalization: null,
  crop: 448,
  batch: 4,
  accumulate: 1,
  iterations: 20_000,
  seed: 0,
  recompute: false,
  precision: 'float32',
  optimizer: {
    learningRate: 6e-5,
    headLearningRate: 6e-4,
    projectorLearningRate: null,
    weightDecay: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    warmupIterations: null,
    warmupRatio: 1e-6,
    power: 0.9,
    clipNorm: null,
    skipAtMost: 3,
  },
  schedule: { classificationUntil: null, segmentationAfter: null, mainCamForMasksAfter: null, mainCamForLabelsAfter: null },
  weights: { classification: 1, auxiliary: 1, classToken: 0, affinity: 0.2, contrast: 0.5, segmentation: 0.1, denseEnergy: 0.05 },
  cam: { scales: [1, 0.5, 1.5], low: 0.25, high: 0.7, highAtEnd: null, mixtureOf: null, background: 0.5 },
  slowTeacher: { momentum: null, certainty: 0.6 },
  masks: { count: 8, ratio: 0.95, cell: null, positiveRatio: 0.2 },
  artifacts: { remedy: null, ratio: 5, neurons: [] },
  contrast: { views: 'masked', temperature: 0.5, epsilon: 1e-4, momentum: 0.9 },
  crops: { count: 8, size: null, positiveRatio: 0.2 },
  classifiers: { initialScale: 1, positiveWeight: 2 },
  projector: { hiddenSize: 2048, bottleneckSize: 256, outputSize: 1024 },
  decoder: { hiddenSize: 512, dilation: 5 },
  par: { dilations: [1, 2, 4, 8, 12, 24], iterations: 10, width: 0.3, positionWeight: 0.01, downScale: 2 },
  denseEnergy: { sigmaColor: 15, sigmaPosition: 100, scale: 0.5, weight: 1e-7 },
  augmentation: defaultAugmentation,
  evaluation: { size: null, every: null, before: false, batch: 4 },
  log: { every: 200, checkpointEvery: null, keepCheckpoints: 3 },
};

/** 1 500, 2 000 and 12 000 of 20 000 iterations; refined labels from the main CAM always. */
export const vocShares: ScheduleShares = {
  warmup: 0.075,
  classification: -1,
  segmentation: 0.1,
  mainCamForMasks: 0.6,
  mainCamForLabels: -1,
};
