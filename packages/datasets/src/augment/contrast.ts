import type { Picture } from '../dataset';
import { blend } from './blend';
import { luma } from './grayscale';
import { applyToneCurve } from './tone-curve';

/** Blends with the picture's mean grey. @param factor 1 = unchanged, 0 = uniform grey */
export function adjustContrast(picture: Picture, factor: number): Picture {
  const { data } = picture;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(data[i]!, data[i + 1]!, data[i + 2]!);
  const mean = Math.floor(sum / (data.length / 3) + 0.5);
  const single = Math.fround(factor);
  return applyToneCurve(picture, value => blend(mean, value, single));
}
