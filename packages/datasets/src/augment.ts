// The entry `@wsss/datasets/augment`: transforms of pictures in memory, anywhere JavaScript runs.
export { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, grayscale, solarize } from './augment/colors.js';
export { gaussianBlur } from './augment/gaussian-blur.js';
export { mirror } from './augment/mirror.js';
export { crop, type PaddedCrop, paddedCrop, type Rectangle } from './augment/padded-crop.js';
export { drawRandomResizedCrop, type RandomResizedCropSettings, resizedCrop } from './augment/random-resized-crop.js';
export { type ResizeFilter, resize, scale } from './augment/resize.js';
export { type AugmentationSettings, defaultAugmentation } from './augment/settings.js';
export type { Picture } from './dataset.js';
