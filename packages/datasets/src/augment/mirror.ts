import { type FrameStep, onPicture } from './pixel-memory.js';

export const mirrorFrame: FrameStep = (memory, frame) => {
  const mirrored = memory.frame(frame.width, frame.height);
  memory.kernels.mirrorRows(frame.address, mirrored.address, frame.width, frame.height);
  return mirrored;
};

/** Left and right exchanged. */
export const mirror = onPicture(() => mirrorFrame);
