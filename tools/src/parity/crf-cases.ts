import * as tf from '@tensorflow/tfjs-core';
import { applyCrf, bilateralFilter, type CrfSettings, DenseCrf, LatticeEngine } from '@wsss/crf';
import { hostCall, withHostCalls } from '@wsss/engine';
import { IMAGENET } from '@wsss/fixtures';
import { denseEnergyAffinity, denseEnergyLoss, scaledProbabilities } from '@wsss/losses';
import { unnormalizeImages } from '@wsss/pipelines';
import type { Cases, Check } from './check.js';

/** A case that needs a lattice, for as long as it runs. */
const withLattice = (run: (check: Check, engine: LatticeEngine) => void | Promise<void>) => async (check: Check) => {
  const engine = await LatticeEngine.start();
  try {
    await run(check, engine);
  } finally {
    engine.dispose();
  }
};

/** [channels, pixels] → [pixels, channels] */
function interleave(planes: ArrayLike<number>, channels: number): Float32Array {
  const pixels = planes.length / channels;
  return Float32Array.from({ length: planes.length }, (_, i) => planes[(i % channels) * pixels + Math.floor(i / channels)]!);
}

/** [pixels, channels] → [channels, pixels] */
const planar = (values: ArrayLike<number>, channels: number) => interleave(values, values.length / channels);

function strongest(values: ArrayLike<number>, labels: number): Int32Array {
  return Int32Array.from({ length: values.length / labels }, (_, pixel) => {
    let best = 0;
    for (let label = 1; label < labels; label++) if (values[pixel * labels + label]! > values[pixel * labels + best]!) best = label;
    return best;
  });
}

export const crfCases: Cases = {
  /** The bilateral filter alone, on images of several sizes and widths. */
  bilateral_raw: withLattice((check, engine) => {
    for (const [name, settings] of Object.entries(check.settings)) {
      if (typeof settings !== 'object') continue;
      const { H: height, W: width, K: channels, sigma_rgb: sigmaRgb, sigma_xy: sigmaXy } = settings;
      const images = interleave(check.recorded(`${name}.image`).data, 3);
      const values = interleave(check.recorded(`${name}.in`).data, channels);
      const found = bilateralFilter(engine, { images, values, height, width, channels, sigmaXy, sigmaRgb, phantomPoints: true });
      check.values(`${name}.out`, planar(found, channels), { relative: 1e-4 });
    }
  }),

  /** Dense CRF: after 0, 1, 2 and all iterations, with other settings, from labels, and where phantom points matter. */
  densecrf: withLattice((check, engine) => {
    const { settings } = check;
    const voc: CrfSettings = {
      gaussian: { sigmaXy: settings.pos_xy_std, compatibility: settings.pos_w },
      bilateral: { sigmaXy: settings.bi_xy_std, sigmaRgb: settings.bi_rgb_std, compatibility: settings.bi_w },
      iterations: settings.iter_max,
      phantomPoints: true,
    };
    const settingsOf = (recorded: Record<string, number>) => ({
      gaussian: { sigmaXy: recorded.gauss_sxy!, compatibility: recorded.gauss_compat! },
      bilateral: { sigmaXy: recorded.bi_sxy!, sigmaRgb: recorded.bi_srgb!, compatibility: recorded.bi_compat! },
      iterations: recorded.t!,
      phantomPoints: true,
    });
    const sceneOf = (prefix: string) => {
      const { shape, data } = check.recorded(`${prefix}prob`);
      const [labels, height, width] = shape as [number, number, number];
      return { labels, width, height, image: check.recorded(`${prefix}image`).data as Uint8Array, probabilities: interleave(data, labels) };
    };
    const compare = (prefix: string, name: string, chosen: CrfSettings) => {
      const { labels, ...scene } = sceneOf(prefix);
      const found = applyCrf(engine, scene, chosen);
      const reference = strongest(interleave(check.recorded(prefix + name).data, labels), labels);
      check.values(prefix + name, planar(found.probabilities, labels), { absolute: 1e-3 });
      check.labels(`${prefix}${name} argmax`, found.labels, { reference, accepted: 1e-3 });
    };
    for (const prefix of ['', 'mod1.', 'mod3.']) {
      compare(prefix, 'Q_voc', voc);
      compare(prefix, 'Q_default', settingsOf(settings.crf_inference));
    }
    for (const iterations of [0, 1, 2]) compare('', `Q_voc_iter${iterations}`, { ...voc, iterations });

    const { labels, image, probabilities, ...size } = sceneOf('');
    const { gaussian, bilateral, iterations } = settingsOf(settings.crf_inference_label);
    const crf = new DenseCrf(engine, { ...size, labels, phantomPoints: true });
    crf.setLabels(strongest(probabilities, labels), { confidence: settings.crf_inference_label.gt_prob });
    crf.addGaussian(gaussian);
    crf.addBilateral(image, bilateral);
    crf.infer(iterations);
    check.labels('label_crf', crf.labeling(), { accepted: 1e-3 });
    crf.dispose();
  }),

  /** The dense-energy loss and its gradient, with the recorded weight and with weight 1. */
  energy_loss: withLattice(async (check, engine) => {
    const { sigma_rgb: sigmaRgb, sigma_xy: sigmaXy, scale_factor: scale, weight } = check.settings;
    const input = {
      batch: check.recorded('img').shape[0]!,
      images: (await unnormalizeImages(check.maps('img'), IMAGENET).data()) as Float32Array,
      imageSize: check.sizeOf('img'),
      boxes: check.recorded('img_box').data,
      labels: check.recorded('label').data,
    };
    for (const [name, given] of Object.entries<number>({ '': weight, _weight1: 1 })) {
      const loss = (logits: tf.Tensor) => {
        const probabilities = scaledProbabilities(logits as tf.Tensor4D, scale);
        const [, h, w, classes] = probabilities.shape;
        const compute = (values: ArrayLike<number>) =>
          denseEnergyAffinity({ ...input, probabilities: values, size: [h, w], classes }, request => bilateralFilter(engine, request), {
            sigmaRgb,
            sigmaXy,
            phantomPoints: true,
          });
        return denseEnergyLoss(probabilities, hostCall(compute, [probabilities], probabilities.shape) as tf.Tensor4D, given);
      };
      const { value, grad } = await withHostCalls(() => tf.valueAndGrad(loss)(check.maps('logits')));
      check.scalar(`loss${name}`, value, { relative: 1e-5 });
      check.values(`grad${name}.logits`, grad);
    }
  }),
};
