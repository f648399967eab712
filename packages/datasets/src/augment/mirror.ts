import type { Picture } from '../dataset.js';
import { type FrameStep, throughSteps } from './pixel-memory.js';

/** {@link mirror} in memory, into a new frame. */
export const mirrorFrame: FrameStep = (memory, frame) => {
  const mirrored = memory.frame(frame.width, frame.height);
  memory.kernels.mirrorRows(frame.address, mirrored.address, frame.width, frame.height);
  return mirrored;
};

/** Left and right exchanged. */
export const mirror = (picture: Picture): Picture => throughSteps(picture, mirrorFrame);
