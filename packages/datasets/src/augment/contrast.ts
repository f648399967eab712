import type { Picture } from '../dataset.js';
import { type FrameStep, throughSteps } from './pixel-memory.js';

/** {@link adjustContrast} in memory, in place. */
export const changeContrast =
  (factor: number): FrameStep =>
  ({ kernels }, frame) => {
    const pixels = frame.width * frame.height;
    const mean = Math.floor(kernels.sumOfLumas(frame.address, pixels) / pixels + 0.5);
    kernels.blendWith(frame.address, pixels, mean, factor);
    return frame;
  };

/** Blends with the picture's mean gray, as PIL does. @param factor 1 = unchanged, 0 = uniform gray */
export const adjustContrast = (picture: Picture, factor: number): Picture => throughSteps(picture, changeContrast(factor));
