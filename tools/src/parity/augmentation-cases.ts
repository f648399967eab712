import * as tf from '@tensorflow/tfjs-core';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  crop,
  gaussianBlur,
  grayscale,
  mirror,
  type Picture,
  paddedCrop,
  resizedCrop,
  scale,
  solarize,
  vocPalette,
} from '@wsss/datasets';
import { IMAGENET } from '@wsss/fixtures';
import { normalizeImages, unnormalizeImages } from '@wsss/pipelines';
import type { Cases, Check } from './check.js';

function recordedPicture(check: Check, name: string): Picture {
  const { shape, data } = check.recorded(name);
  return { height: shape[0]!, width: shape[1]!, data: data as Uint8Array };
}

export const augmentationCases: Cases = {
  /** Transforms with fixed parameters: the number behind a name's last underscore, or the size of what was recorded. */
  transforms(check) {
    const { settings, golden } = check;
    const image = recordedPicture(check, 'image');
    const cropped = ([top, left, height, width]: number[], size: number) =>
      resizedCrop(image, { top: top!, left: left!, height: height!, width: width! }, size);
    const exact: Record<string, (value: number) => Picture> = {
      brightness: value => adjustBrightness(image, value),
      contrast: value => adjustContrast(image, value),
      saturation: value => adjustSaturation(image, value),
      hue: value => adjustHue(image, value),
      solarize: () => solarize(image),
      grayscale: () => grayscale(image),
      hflip: () => mirror(image),
    };
    const resampled: typeof exact = {
      scale: value => scale(image, value),
      short: value => scale(image, value / Math.min(image.width, image.height)),
      blur: value => gaussianBlur(image, value),
      resized_crop_bicubic: size => cropped(settings.crop, size),
      resized_crop_bicubic_up: size => cropped(settings.crop_up, size),
    };
    for (const [name, { role, shape }] of Object.entries(golden.description)) {
      if (role !== 'output') continue;
      const [, kind = name, value = shape[0]] = /^(.*)_(-?[\d.]+)$/.exec(name) ?? [];
      if (exact[kind]) check.bytes(name, exact[kind](Number(value)).data, 'largest', 1);
      else if (resampled[kind]) check.bytes(name, resampled[kind](Number(value)).data, 'mean', 1.5);
    }
    const { height: h, width: w, data } = image;
    const normalized = normalizeImages(data, [1, h, w, 3], IMAGENET);
    for (const name of ['normalize_torch', 'normalize_np']) check.values(name, normalized);
    const recorded = tf.expandDims(tf.transpose(check.tensor<tf.Rank.R3>('normalize_torch'), [1, 2, 0])) as tf.Tensor4D;
    check.bytes('denormalize', unnormalizeImages(recorded, IMAGENET, true), 'largest', 1);
    check.labels('colormap', vocPalette);
  },

  /** Padding and cropping: pixels and the box of what is picture. */
  random_crop(check) {
    const { crop_size: size } = check.settings;
    const base = recordedPicture(check, 'base');
    for (const [i, { h: height, w: width, img_box, ...at }] of check.golden.values.cases.entries()) {
      const picture = crop(base, { top: 0, left: 0, height, width });
      const found = paddedCrop(picture, size, { padTop: at.H_pad, padLeft: at.W_pad, top: at.H_start, left: at.W_start });
      check.labels(`crop${i}`, found.picture.data);
      check.labels(`box ${i}`, found.box, { reference: img_box });
    }
  },
};
