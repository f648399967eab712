import * as tf from '@tensorflow/tfjs-core';
import { boxMask, camToLabels, keptClasses, pseudoLabels, refineByPixels, refinedLabels, validCam } from '@wsss/cam';
import { subcases } from '@wsss/fixtures';
import { patchImportance, viewFlags } from '@wsss/mcc';
import type { Cases, Check } from './check.js';

/** Which pixels of a case's CAMs are picture. */
const insideOf = (check: Check, [, height, width]: number[]) => boxMask(check.recorded('img_box').data as Int32Array, [height!, width!]);

export const camCases: Cases = {
  /** Pseudo labels from CAMs, with and without box and ignored middle. */
  cam_to_label(check) {
    const { bkg_thre: background, high_thre: high, low_thre: low } = check.settings;
    const cam = check.maps('cam');
    const labels = check.tensor<tf.Rank.R2>('cls_label');
    const inside = insideOf(check, cam.shape);
    check.values('valid_cam', validCam(cam, labels));
    check.labels('label_nobox', camToLabels(cam, labels, background));
    check.labels('label_box_mid', pseudoLabels(cam, labels, { low, high }, inside));
    // One threshold inside the box is two equal ones.
    check.labels('label_box_nomid', pseudoLabels(cam, labels, { low: background, high: background }, inside));
  },

  /** Importance of patches and flags of views, from recorded masks. */
  attn_mask(check) {
    for (const name of subcases(check.golden, 'masks')) {
      const { low_thre: low, high_thre: high } = check.settings[name];
      const masks = tf.cast(check.tensor<tf.Rank.R4>(`${name}.masks`), 'float32');
      const [cam, labels] = [check.maps(`${name}.cam`), check.tensor<tf.Rank.R2>(`${name}.cls_label`)];
      check.labels(`${name}.flags`, viewFlags(patchImportance(cam, labels, check.sizeOf(`${name}.masks`), { low, high }), masks));
    }
  },

  /** Pixel-adaptive refinement of masks of the image's and of lower resolution. */
  par(check) {
    const { dilations, num_iter: iterations, w1: width, w2: positionWeight } = check.settings;
    const options = { dilations, iterations, width, positionWeight };
    const images = check.maps('image');
    check.values('out', refineByPixels(images, check.maps('masks'), options));
    check.values('out_low', refineByPixels(images, check.maps('masks_low'), options));
    check.values('out_1iter', refineByPixels(images, check.maps('masks'), { ...options, iterations: 1 }));
  },

  /** Refined labels from CAMs with high and low background. */
  refine_cams(check) {
    const { high_thre: high, low_thre: low, down_scale: downScale, dilations, num_iter: iterations } = check.settings;
    const cam = check.maps('cams');
    const kept = keptClasses(check.recorded('cls_labels').data, cam.shape[3]);
    const options = { high, low, inside: insideOf(check, cam.shape), downScale, refinement: { dilations, iterations } };
    check.labels('refined_label', refinedLabels(check.maps('images'), cam, kept, options), { accepted: 1e-3 });
  },
};
