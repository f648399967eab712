import type { Size } from '../dataset.js';
import type { Random } from '../random.js';
import type { Rectangle } from './padded-crop.js';
import { type FrameStep, onPicture } from './pixel-memory.js';
import { resizeFrame } from './resize.js';

export interface RandomResizedCropSettings {
  /** Range of the part of the picture's area, for example [0.4, 1]. */
  area: readonly [number, number];
  /** Range of width / height, drawn uniformly in its logarithm, for example [3/4, 4/3]. */
  aspect: readonly [number, number];
}

/** A random rectangle of the wanted area and aspect ratio; if ten tries do not fit, the picture's largest central part. */
export function drawRandomResizedCrop(random: Random, picture: Size, settings: RandomResizedCropSettings): Rectangle {
  const { area, aspect } = settings;
  for (let attempt = 0; attempt < 10; attempt++) {
    const pixels = picture.width * picture.height * random.uniform(...area);
    const ratio = Math.exp(random.uniform(Math.log(aspect[0]), Math.log(aspect[1])));
    const width = Math.round(Math.sqrt(pixels * ratio));
    const height = Math.round(Math.sqrt(pixels / ratio));
    if (width > 0 && width <= picture.width && height > 0 && height <= picture.height)
      return { top: random.integer(0, picture.height - height + 1), left: random.integer(0, picture.width - width + 1), height, width };
  }
  const width = Math.min(picture.width, Math.max(1, Math.round(picture.height * aspect[1])));
  const height = Math.min(picture.height, Math.max(1, Math.round(picture.width / aspect[0])));
  return { top: (picture.height - height) >> 1, left: (picture.width - width) >> 1, height, width };
}

export const resizeCropped =
  ({ top, left, height, width }: Rectangle, size: number): FrameStep =>
  (memory, { address, stride }) => {
    const part = { address: address + top * stride + left * 3, stride, width, height };
    return resizeFrame({ width: size, height: size }, 'bicubic')(memory, part);
  };

/** A rectangle of a picture resized (bicubic, PIL's rule; nothing outside the rectangle is looked at) to a square of `size` pixels. */
export const resizedCrop = onPicture(resizeCropped);
