import type { Picture, Size } from '../dataset.js';
import type { Random } from '../random.js';

/** A rectangle of pixels: rows top … top + height − 1, columns left … left + width − 1. */
export interface Rectangle extends Size {
  top: number;
  left: number;
}

/** Cuts a rectangle of integers out of a picture; where it reaches beyond the picture (top and left may be negative), the result is 0. */
export function crop(picture: Picture, { top, left, height, width }: Rectangle): Picture {
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

/** Where a picture lies on its padded canvas (`padTop`, `padLeft`) and where on the canvas the crop begins (`top`, `left`), in pixels. */
export type PaddedCrop = ReturnType<typeof drawPaddedCrop>;

/** The part of a crop that shows the picture: rows [top, bottom), columns [left, right). */
export type Box = readonly [top: number, bottom: number, left: number, right: number];

/** A random place on the smallest canvas that holds picture and crop, and a random crop of that canvas, all equally likely. */
export function drawPaddedCrop(random: Random, picture: Size, size: number) {
  const height = Math.max(size, picture.height);
  const width = Math.max(size, picture.width);
  return {
    padTop: random.integer(0, height - picture.height + 1),
    padLeft: random.integer(0, width - picture.width + 1),
    top: random.integer(0, height - size + 1),
    left: random.integer(0, width - size + 1),
  };
}

/** A square crop, `size` pixels wide, of a picture that is padded with 0 to at least that size, with the box of its valid pixels. */
export function paddedCrop(picture: Picture, size: number, place: PaddedCrop): { picture: Picture; box: Box } {
  const { top, left } = corner(place);
  return { picture: crop(picture, { top, left, height: size, width: size }), box: cropBox(picture, size, place) };
}

/** Where a crop begins, seen from the picture's first pixel. */
export const corner = (place: PaddedCrop) => ({ top: place.top - place.padTop, left: place.left - place.padLeft });

export function cropBox(picture: Size, size: number, place: PaddedCrop): Box {
  const { top, left } = corner(place);
  return [Math.max(0, -top), Math.min(size, picture.height - top), Math.max(0, -left), Math.min(size, picture.width - left)];
}

export const mirrorBox = ([top, bottom, left, right]: Box, size: number): Box => [top, bottom, size - right, size - left];
