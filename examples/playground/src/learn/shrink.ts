import { type Picture, resize } from '@wsss/datasets/augment';

/** Longer side of pictures to learn from: about that of VOC's, for which the scales of augmentation were chosen. */
const largestSide = 512;

export function shrunk(picture: Picture): Picture {
  const factor = largestSide / Math.max(picture.width, picture.height);
  if (factor >= 1) return picture;
  return resize(picture, { width: Math.round(picture.width * factor), height: Math.round(picture.height * factor) }, 'bilinear');
}
