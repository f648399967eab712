import type { Picture } from '../dataset.js';
import { type FrameStep, throughSteps } from './pixel-memory.js';

/** {@link adjustBrightness} in memory, in place. */
export const brighten =
  (factor: number): FrameStep =>
  ({ kernels }, frame) => {
    kernels.blendWith(frame.address, frame.width * frame.height, 0, factor);
    return frame;
  };

/** Blends with black, as PIL does: factor · value in single precision, rounded towards 0. @param factor 1 = unchanged, 0 = black */
export const adjustBrightness = (picture: Picture, factor: number): Picture => throughSteps(picture, brighten(factor));
