import type { Picture } from '../dataset.js';
import { throughSteps } from './pixel-memory.js';
import { saturate } from './saturation.js';

/** {@link grayscale} in memory, in place. */
export const desaturate = saturate(0);

/** All three channels replaced by the brightness by ITU-R 601: 0.299, 0.587, 0.114 in 16 binary places. */
export const grayscale = (picture: Picture): Picture => throughSteps(picture, desaturate);
