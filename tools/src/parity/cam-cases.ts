import * as tf from '@tensorflow/tfjs-core';
import { boxMask, camToLabels, keptClasses, pseudoLabels, refineByPixels, refinedLabels, validCam } from '@wsss/cam';
import { goldenMaps, goldenTensor, subcases } from '@wsss/fixtures';
import { patchImportance, viewFlags } from '@wsss/mcc';
import type { Check } from './check.js';

/** Pseudo labels from CAMs, with and without box and ignored middle. */
export function camToLabel(check: Check): void {
  const { golden } = check;
  const { bkg_thre: background, high_thre: high, low_thre: low } = golden.settings;
  const cam = goldenMaps(golden, 'cam');
  const labels = goldenTensor<tf.Rank.R2>(golden, 'cls_label');
  const inside = boxMask(check.recorded('img_box').data as Int32Array, [cam.shape[1], cam.shape[2]]);
  check.maps('valid_cam', validCam(cam, labels));
  check.labels('label_nobox', camToLabels(cam, labels, background));
  check.labels('label_box_mid', pseudoLabels(cam, labels, { low, high }, inside));
  // One threshold inside the box is two equal ones.
  check.labels('label_box_nomid', pseudoLabels(cam, labels, { low: background, high: background }, inside));
}

/** Importance of patches and flags of views, from recorded masks. */
export function attentionMask(check: Check): void {
  const { golden } = check;
  for (const name of subcases(golden, 'masks')) {
    const { low_thre: low, high_thre: high } = golden.settings[name];
    const masks = goldenTensor<tf.Rank.R4>(golden, `${name}.masks`);
    const grid = masks.shape.slice(2) as [number, number];
    const importance = patchImportance(goldenMaps(golden, `${name}.cam`), goldenTensor<tf.Rank.R2>(golden, `${name}.cls_label`), grid, {
      low,
      high,
    });
    check.labels(`${name}.flags`, viewFlags(importance, tf.cast(masks, 'float32')));
  }
}

/** Pixel-adaptive refinement of masks of the image's and of lower resolution. */
export function pixelAdaptiveRefinement(check: Check): void {
  const { golden } = check;
  const { dilations, num_iter: iterations, w1: width, w2: positionWeight } = golden.settings;
  const options = { dilations, iterations, width, positionWeight };
  const images = goldenMaps(golden, 'image');
  check.maps('out', refineByPixels(images, goldenMaps(golden, 'masks'), options));
  check.maps('out_low', refineByPixels(images, goldenMaps(golden, 'masks_low'), options));
  check.maps('out_1iter', refineByPixels(images, goldenMaps(golden, 'masks'), { ...options, iterations: 1 }));
}

/** Refined labels from CAMs with high and low background. */
export function refineCams(check: Check): void {
  const { golden } = check;
  const { high_thre: high, low_thre: low, down_scale: downScale, dilations, num_iter: iterations } = golden.settings;
  const cam = goldenMaps(golden, 'cams');
  const inside = boxMask(check.recorded('img_box').data as Int32Array, [cam.shape[1], cam.shape[2]]);
  const kept = keptClasses(check.recorded('cls_labels').data, cam.shape[3]);
  const found = refinedLabels(goldenMaps(golden, 'images'), cam, kept, {
    high,
    low,
    inside,
    downScale,
    refinement: { dilations, iterations },
  });
  check.labels('refined_label', found, { accepted: 1e-3 });
}
