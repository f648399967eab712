import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { createRandom } from '@wsss/datasets';
import { drawKeyMasks } from '@wsss/mcc';
import { SegmentationNetwork } from '../network/segmentation-network.js';
import type { StepPlan } from '../recipes/schedule.js';
import { voc } from '../recipes/voc.js';
import { type StepInputs, type StepSettings, stepInputs } from '../training/step-inputs.js';

const lattice = await LatticeEngine.start();

const backbone = { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 };
/** Settings of small iterations. */
export const settings: StepSettings = {
  ...voc,
  cam: { ...voc.cam, scales: [1, 0.5] },
  masks: { ...voc.masks, count: 3, cell: 2, ratio: 0.7 },
  par: { ...voc.par, dilations: [1, 2], iterations: 2 },
  denseEnergy: { ...voc.denseEnergy, weight: 1e-4 },
  normalization: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  filter: request => bilateralFilter(lattice, request),
};
/** Everything on. */
export const all: StepPlan = { classificationOnly: false, segmentation: true, mainCamForMasks: false, mainCamForLabels: true };

/** A small network, with a classifier of the class token if wanted, and a batch of two images of three classes. */
export function setup(size = 32, classToken = false): { network: SegmentationNetwork; batch: StepInputs } {
  const random = createRandom(3);
  const uniform = () => random.uniform();
  const heads = { classifiers: { classToken }, decoder: { hiddenSize: 8, dilation: 1 } };
  const network = new SegmentationNetwork(
    { backbone, classes: 3, ...heads, mcc: { hiddenSize: 16, bottleneckSize: 8, outputSize: 12 } },
    uniform,
  );
  const view = () =>
    tf.tensor4d(
      Float32Array.from({ length: 2 * size * size * 3 }, () => random.uniform(-1, 1)),
      [2, size, size, 3],
    );
  const batch = {
    view1: view(),
    view2: view(),
    local: view(),
    boxes: Int32Array.of(0, size, 0, size, 4, size, 0, size - 8),
    labels: Float32Array.of(1, 0, 0, 0, 1, 1),
    masks: drawKeyMasks(uniform, 2, [size / 8, size / 8], settings.masks),
  };
  return { network, batch: stepInputs(batch, settings) };
}
