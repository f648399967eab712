import type { Picture } from '../dataset.js';

/** A rectangle of pixels: rows top … top + height − 1, columns left … left + width − 1. */
export interface Rectangle {
  top: number;
  left: number;
  height: number;
  width: number;
}

/**
 * Cuts a rectangle out of a picture; where it reaches beyond the picture, the result is 0 (black).
 *
 * @param rectangle integers; top and left may be negative
 */
export function crop(picture: Picture, rectangle: Rectangle): Picture {
  const { top, left, height, width } = rectangle;
  const data = new Uint8Array(width * height * 3);
  const from = Math.max(0, left);
  const to = Math.min(picture.width, left + width);
  if (from < to)
    for (let y = Math.max(0, top); y < Math.min(picture.height, top + height); y++) {
      const row = picture.data.subarray((y * picture.width + from) * 3, (y * picture.width + to) * 3);
      data.set(row, ((y - top) * width + from - left) * 3);
    }
  return { width, height, data };
}
