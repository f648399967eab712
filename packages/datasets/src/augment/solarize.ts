import { inPlace, onPicture } from './pixel-memory.js';

export const invertBright = (threshold = 128) =>
  inPlace((memory, bytes, count) => {
    if (threshold <= 255) memory.call('invertFrom', { bytes, length: count * 3, threshold: Math.max(0, Math.ceil(threshold)) });
  });

/** Values from the threshold on are inverted (255 − value). @param threshold default 128 */
export const solarize = onPicture(invertBright);
