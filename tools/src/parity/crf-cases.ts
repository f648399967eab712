import * as tf from '@tensorflow/tfjs-core';
import { applyCrf, type BilateralFilterRequest, bilateralFilter, type CrfSettings, DenseCrf, LatticeEngine } from '@wsss/crf';
import { hostCall, withHostCalls } from '@wsss/engine';
import { goldenMaps, IMAGENET } from '@wsss/fixtures';
import { denseEnergyAffinity, denseEnergyLoss, scaledProbabilities } from '@wsss/losses';
import { unnormalizeImages } from '@wsss/pipelines';
import type { Check } from './check.js';

async function withLattice(use: (engine: LatticeEngine) => void | Promise<void>): Promise<void> {
  const engine = await LatticeEngine.start();
  try {
    await use(engine);
  } finally {
    engine.dispose();
  }
}

/** [channels, pixels] → [pixels, channels] */
function interleave(planes: ArrayLike<number>, channels: number): Float32Array {
  const pixels = planes.length / channels;
  return Float32Array.from({ length: planes.length }, (_, i) => planes[(i % channels) * pixels + Math.floor(i / channels)]!);
}

/** [pixels, channels] → [channels, pixels] */
const planar = (values: ArrayLike<number>, channels: number) => interleave(values, values.length / channels);

/** The bilateral filter alone, on images of several sizes and widths. */
export function bilateralFilters(check: Check): Promise<void> {
  return withLattice(engine => {
    for (const [name, settings] of Object.entries(check.golden.settings)) {
      if (typeof settings !== 'object') continue;
      const { H: height, W: width, K: channels, sigma_rgb: sigmaRgb, sigma_xy: sigmaXy } = settings;
      const images = interleave(check.recorded(`${name}.image`).data, 3);
      const values = interleave(check.recorded(`${name}.in`).data, channels);
      const found = bilateralFilter(engine, { images, values, height, width, channels, sigmaXy, sigmaRgb, phantomPoints: true });
      check.values(`${name}.out`, planar(found, channels), { relative: 1e-4 });
    }
  });
}

/** Dense CRF: after 0, 1, 2 and all iterations, with other settings, from labels, and where phantom points matter. */
export function denseCrf(check: Check): Promise<void> {
  const { settings } = check.golden;
  const voc: CrfSettings = {
    gaussian: { sigmaXy: settings.pos_xy_std, compatibility: settings.pos_w },
    bilateral: { sigmaXy: settings.bi_xy_std, sigmaRgb: settings.bi_rgb_std, compatibility: settings.bi_w },
    iterations: settings.iter_max,
    phantomPoints: true,
  };
  const other = settings.crf_inference;
  const usual: CrfSettings = {
    gaussian: { sigmaXy: other.gauss_sxy, compatibility: other.gauss_compat },
    bilateral: { sigmaXy: other.bi_sxy, sigmaRgb: other.bi_srgb, compatibility: other.bi_compat },
    iterations: other.t,
    phantomPoints: true,
  };
  return withLattice(engine => {
    const compare = (prefix: string, name: string, chosen: CrfSettings) => {
      const [labels, height, width] = check.recorded(`${prefix}prob`).shape as [number, number, number];
      const image = check.recorded(`${prefix}image`).data as Uint8Array;
      const found = applyCrf(
        engine,
        { width, height, image, probabilities: interleave(check.recorded(`${prefix}prob`).data, labels) },
        chosen,
      );
      const recorded = interleave(check.recorded(prefix + name).data, labels);
      check.values(prefix + name, planar(found.probabilities, labels), { absolute: 1e-3 });
      check.labels(`${prefix}${name} argmax`, found.labels, { reference: strongest(recorded, labels), accepted: 1e-3 });
    };
    for (const prefix of ['', 'mod1.', 'mod3.']) {
      compare(prefix, 'Q_voc', voc);
      compare(prefix, 'Q_default', usual);
    }
    for (const iterations of [0, 1, 2]) compare('', `Q_voc_iter${iterations}`, { ...voc, iterations });
    const fromLabels = settings.crf_inference_label;
    const [labels, height, width] = check.recorded('prob').shape as [number, number, number];
    const crf = new DenseCrf(engine, { width, height, labels, phantomPoints: true });
    crf.setLabels(strongest(interleave(check.recorded('prob').data, labels), labels), { confidence: fromLabels.gt_prob });
    crf.addGaussian({ sigmaXy: fromLabels.gauss_sxy, compatibility: fromLabels.gauss_compat });
    crf.addBilateral(check.recorded('image').data as Uint8Array, {
      sigmaXy: fromLabels.bi_sxy,
      sigmaRgb: fromLabels.bi_srgb,
      compatibility: fromLabels.bi_compat,
    });
    crf.infer(fromLabels.t);
    check.labels('label_crf', crf.labeling(), { accepted: 1e-3 });
    crf.dispose();
  });
}

function strongest(values: ArrayLike<number>, labels: number): Int32Array {
  return Int32Array.from({ length: values.length / labels }, (_, pixel) => {
    let best = 0;
    for (let label = 1; label < labels; label++) if (values[pixel * labels + label]! > values[pixel * labels + best]!) best = label;
    return best;
  });
}

/** The dense-energy loss and its gradient, with the recorded weight and with weight 1. */
export function energy(check: Check): Promise<void> {
  const { golden } = check;
  const { sigma_rgb: sigmaRgb, sigma_xy: sigmaXy, scale_factor: scale, weight } = golden.settings;
  return withLattice(async engine => {
    const images = (await unnormalizeImages(goldenMaps(golden, 'img'), IMAGENET).data()) as Float32Array;
    const [batch, , height, width] = check.recorded('img').shape as [number, number, number, number];
    const about = {
      batch,
      images,
      imageSize: [height, width] as const,
      boxes: check.recorded('img_box').data,
      labels: check.recorded('label').data,
    };
    const filter = (request: BilateralFilterRequest) => bilateralFilter(engine, request);
    for (const [name, given] of [
      ['', weight],
      ['_weight1', 1],
    ] as const) {
      const loss = (logits: tf.Tensor) => {
        const probabilities = scaledProbabilities(logits as tf.Tensor4D, scale);
        const [, h, w, classes] = probabilities.shape;
        const compute = (values: ArrayLike<number>) =>
          denseEnergyAffinity({ ...about, probabilities: values, size: [h, w], classes }, filter, {
            sigmaRgb,
            sigmaXy,
            phantomPoints: true,
          });
        return denseEnergyLoss(probabilities, hostCall(compute, [probabilities], probabilities.shape) as tf.Tensor4D, given);
      };
      const { value, grad } = await withHostCalls(() => tf.valueAndGrad(loss)(goldenMaps(golden, 'logits')));
      check.scalar(`loss${name}`, value, { relative: 1e-5 });
      check.maps(`grad${name}.logits`, grad);
    }
  });
}
