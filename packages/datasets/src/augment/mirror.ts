import { type FrameStep, onPicture } from './pixel-memory.js';

export const mirrorFrame: FrameStep = (memory, frame) => {
  const mirrored = memory.frame(frame.width, frame.height);
  memory.call('mirrorRows', { source: frame.address, target: mirrored.address, width: frame.width, height: frame.height });
  return mirrored;
};

/** Left and right exchanged. */
export const mirror = onPicture(() => mirrorFrame);
