import { inPlace, onPicture } from './pixel-memory.js';

export const invertBright = (threshold = 128) =>
  inPlace((kernels, address, pixels) => {
    if (threshold <= 255) kernels.invertFrom(address, pixels * 3, Math.max(0, Math.ceil(threshold)));
  });

/** Values from the threshold on are inverted (255 − value). @param threshold default 128 */
export const solarize = onPicture(invertBright);
