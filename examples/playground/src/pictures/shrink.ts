import { type Picture, resize } from '@wsss/datasets/augment';

/** A picture whose longer side has at most so many pixels. */
export function shrunk(picture: Picture, largestSide: number): Picture {
  const factor = largestSide / Math.max(picture.width, picture.height);
  if (factor >= 1) return picture;
  return resize(picture, { width: Math.round(picture.width * factor), height: Math.round(picture.height * factor) }, 'bilinear');
}
