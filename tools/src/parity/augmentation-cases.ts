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
import { goldenMaps, IMAGENET } from '@wsss/fixtures';
import { normalizeImages, unnormalizeImages } from '@wsss/pipelines';
import type { Check } from './check.js';

function recordedPicture(check: Check, name: string): Picture {
  const { shape, data } = check.recorded(name);
  return { height: shape[0]!, width: shape[1]!, data: data as Uint8Array };
}

/** Photometric and geometric transforms with fixed parameters, by the number behind a name's last underscore. */
export function transforms(check: Check): void {
  const { golden } = check;
  const image = recordedPicture(check, 'image');
  const [top, left, height, width] = golden.settings.crop;
  const [topUp, leftUp, heightUp, widthUp] = golden.settings.crop_up;
  const color: Record<string, (value: number) => Picture> = {
    brightness: value => adjustBrightness(image, value),
    contrast: value => adjustContrast(image, value),
    saturation: value => adjustSaturation(image, value),
    hue: value => adjustHue(image, value),
  };
  const shape: Record<string, (value: number) => Picture> = {
    scale: value => scale(image, value),
    short: value => scale(image, value / Math.min(image.width, image.height)),
    blur: value => gaussianBlur(image, value),
  };
  const plain: Record<string, (size: number) => Picture> = {
    solarize: () => solarize(image),
    grayscale: () => grayscale(image),
    hflip: () => mirror(image),
    resized_crop_bicubic: size => resizedCrop(image, { top, left, height, width }, size),
    resized_crop_bicubic_up: size => resizedCrop(image, { top: topUp, left: leftUp, height: heightUp, width: widthUp }, size),
  };
  for (const [name, { role }] of Object.entries(golden.description)) {
    if (role !== 'output') continue;
    const [, kind = '', value = ''] = /^(.*)_(-?[\d.]+)$/.exec(name) ?? [];
    const recorded = check.recorded(name);
    if (plain[name]) check.bytes(name, plain[name](recorded.shape[0]!).data, name.startsWith('resized') ? { mean: 1.5 } : { largest: 1 });
    else if (color[kind]) check.bytes(name, color[kind](Number(value)).data, { largest: 1 });
    else if (shape[kind]) check.bytes(name, shape[kind](Number(value)).data, { mean: 1.5 });
  }
  const { height: h, width: w, data } = image;
  const normalized = normalizeImages(data, [1, h, w, 3], IMAGENET);
  for (const name of ['normalize_torch', 'normalize_np']) check.values(name, tf.transpose(normalized, [0, 3, 1, 2]));
  check.bytes('denormalize', tf.transpose(unnormalizeImages(batched(check, 'normalize_torch'), IMAGENET, true), [0, 3, 1, 2]), {
    largest: 1,
  });
  check.labels('colormap', vocPalette);
}

function batched(check: Check, name: string) {
  const { shape } = check.recorded(name);
  return goldenMaps({ ...check.golden, tensors: new Map([[name, { ...check.recorded(name), shape: [1, ...shape] }]]) }, name);
}

/** Padding and cropping: pixels and the box of what is picture. */
export function randomCrop(check: Check): void {
  const { crop_size: size } = check.golden.settings;
  const base = recordedPicture(check, 'base');
  check.golden.values.cases.forEach(
    ({ h, w, H_pad, W_pad, H_start, W_start, img_box }: Record<string, number> & { img_box: number[] }, i: number) => {
      const picture = crop(base, { top: 0, left: 0, height: h!, width: w! });
      const found = paddedCrop(picture, size, { padTop: H_pad!, padLeft: W_pad!, top: H_start!, left: W_start! });
      check.labels(`crop${i}`, found.picture.data);
      check.labels(`box ${i}`, found.box, { reference: img_box });
    },
  );
}
