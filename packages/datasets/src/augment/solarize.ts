import type { Picture } from '../dataset.js';
import { type FrameStep, throughSteps } from './pixel-memory.js';

/** {@link solarize} in memory, in place. */
export const invertBright =
  (threshold: number): FrameStep =>
  ({ kernels }, frame) => {
    if (threshold <= 255) kernels.invertFrom(frame.address, frame.stride * frame.height, Math.max(0, Math.ceil(threshold)));
    return frame;
  };

/** Values from the threshold on are inverted (255 − value). */
export const solarize = (picture: Picture, threshold = 128): Picture => throughSteps(picture, invertBright(threshold));
