import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { withHostCalls } from '@wsss/engine';
import { IMAGENET } from '@wsss/fixtures';
import { normalizeImages, parameterGroups, type StepLabels, type StepSettings, stepInputs, trainStep, voc } from '@wsss/pipelines';
import { AdamW, polyWarmup } from '@wsss/train';
import type { Cases, Check } from './check.js';
import { loadNetwork } from './network-cases.js';

/** Recorded names of our losses. */
const recordedNames: Record<string, string> = {
  classification: 'cls',
  auxiliary: 'cls_aux',
  affinity: 'aff',
  contrast: 'mcc',
  segmentation: 'seg',
  denseEnergy: 'reg',
  total: 'total',
};

/** Weights of losses that the reference program does not have. */
const none = Object.fromEntries(Object.keys(voc.weights).map(name => [name, 0])) as typeof voc.weights;

/** Whole training iterations with all losses active: losses, labels, gradients, and parameters after each update. */
async function trainSteps(check: Check): Promise<void> {
  const lattice = await LatticeEngine.start();
  const { settings } = check;
  const network = loadNetwork(check.golden);
  const stepSettings: StepSettings = {
    ...voc,
    variant: 'paper',
    filter: request => bilateralFilter(lattice, request),
    normalization: IMAGENET,
    weights: {
      ...none,
      classification: 1,
      auxiliary: 1,
      affinity: settings.w_aff,
      contrast: settings.w_mcc,
      segmentation: settings.w_seg,
      denseEnergy: settings.w_reg,
    },
    cam: { ...voc.cam, scales: settings.cam_scales, low: settings.low_thre, high: settings.high_thre, background: settings.bkg_thre },
    masks: { ...voc.masks, cell: settings.scale, ratio: settings.mask_rate },
    par: { ...voc.par, dilations: settings.par_dilations, iterations: settings.par_iter },
    denseEnergy: {
      sigmaColor: settings.sigma_rgb,
      sigmaPosition: settings.sigma_xy,
      scale: settings.reg_scale,
      weight: settings.reg_weight,
    },
  };
  const { lr, betas, ...rates } = settings.optimizer;
  const optimizer = new AdamW(parameterGroups(network, { learningRate: lr, headLearningRate: 10 * lr, projectorLearningRate: null }), {
    beta1: betas[0],
    beta2: betas[1],
    weightDecay: rates.weight_decay,
  });
  const factor = polyWarmup({
    iterations: rates.max_iter,
    warmupIterations: rates.warmup_iter,
    warmupRatio: rates.warmup_ratio,
    power: rates.power,
  });
  for (let step = 0; step < settings.iters; step++) {
    const at = `it${step}`;
    const images = check.recorded(`${at}.images`);
    const [, batch, , height, width] = images.shape as [number, number, number, number, number];
    const [view1, view2, local] = tf.tidy(() =>
      tf
        .unstack(tf.tensor(Float32Array.from(images.data), [3, batch, 3, height, width]))
        .map(view => normalizeImages(tf.transpose(view as tf.Tensor4D, [0, 2, 3, 1]), [batch, height, width, 3], IMAGENET)),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const masks = check.recorded(`${at}.attn_masks`);
    const [count, , rows, columns] = masks.shape as [number, number, number, number];
    const inspect = ({ affinityLabels, segmentationLabels, flags }: StepLabels) => {
      check.labels(`${at}.flags`, flags!);
      check.labels(`${at}.pseudo_label_aux`, affinityLabels!);
      check.labels(`${at}.refined_label`, segmentationLabels!, { accepted: 1e-3 });
    };
    const inputs = stepInputs(
      {
        view1,
        view2,
        local,
        boxes: check.recorded(`${at}.img_box`).data as Int32Array,
        labels: check.recorded(`${at}.cls_label`).data as Float32Array,
        masks: { count, batch, grid: [rows, columns], hidden: Uint8Array.from(masks.data) },
      },
      stepSettings,
    );
    network.mcc.updateTeacher();
    const plan = { classificationOnly: false, segmentation: true, mainCamForMasks: false, mainCamForLabels: true };
    const { gradients, losses } = await withHostCalls(() => trainStep(network, inputs, plan, stepSettings, inspect));
    for (const [name, loss] of Object.entries(losses)) {
      const recorded = recordedNames[name];
      // After an update float32 errors of the gradients are in the weights.
      if (recorded) check.scalar(`${at}.${recorded}`, (await loss.data())[0]!, { relative: step === 0 ? 2e-5 : 1e-3 });
    }
    check.gradients(gradients, network, `${at}.`);
    optimizer.step(gradients, factor(step));
    tf.dispose([gradients, losses, inputs]);
    const prefix = `${at}.after.`;
    for (const name of [...check.golden.tensors.keys()].filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length)))
      check.parameter(`${prefix}${name}`, network.variable(name), network.spec(name), { relative: step === 0 ? 1e-4 : 1e-3 });
    await check.settled();
  }
  lattice.dispose();
  optimizer.dispose();
  network.dispose();
}

export const trainStepCases: Cases = { train_step: trainSteps, train_step_batch: trainSteps };
