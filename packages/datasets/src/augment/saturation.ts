import type { Picture } from '../dataset.js';
import { type FrameStep, throughSteps } from './pixel-memory.js';

/** {@link adjustSaturation} in memory, in place. */
export const saturate =
  (factor: number): FrameStep =>
  ({ kernels }, frame) => {
    kernels.blendWithGray(frame.address, frame.width * frame.height, factor);
    return frame;
  };

/** Blends each pixel with its own gray (ITU-R 601), as PIL does. @param factor 1 = unchanged, 0 = gray */
export const adjustSaturation = (picture: Picture, factor: number): Picture => throughSteps(picture, saturate(factor));
