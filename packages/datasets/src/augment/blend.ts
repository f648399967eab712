import { inPlace, onPicture } from './pixel-memory.js';

// PIL's enhancements blend a value with a degenerate one: d + factor · (value − d) in single precision, rounded towards 0.

export const brighten = (factor: number) =>
  inPlace((memory, pixels, count) => memory.call('blendWith', { pixels, count, degenerate: 0, factor }));

export const changeContrast = (factor: number) =>
  inPlace((memory, pixels, count) => {
    const mean = Math.floor(memory.call('sumOfLumas', { pixels, count }) / count + 0.5);
    memory.call('blendWith', { pixels, count, degenerate: mean, factor });
  });

export const saturate = (factor: number) => inPlace((memory, pixels, count) => memory.call('blendWithGray', { pixels, count, factor }));

export const desaturate = saturate(0);

/** Blends with black. @param factor 1 = unchanged, 0 = black */
export const adjustBrightness = onPicture(brighten);

/** Blends with the picture's mean gray. @param factor 1 = unchanged, 0 = uniform gray */
export const adjustContrast = onPicture(changeContrast);

/** Blends each pixel with its own gray (ITU-R 601). @param factor 1 = unchanged, 0 = gray */
export const adjustSaturation = onPicture(saturate);

/** All three channels replaced by the brightness by ITU-R 601: 0.299, 0.587, 0.114 in 16 binary places. */
export const grayscale = onPicture(() => desaturate);
