import type { Picture } from '../dataset';
import { blend } from './blend';
import { applyToneCurve } from './tone-curve';

/** Blends with black. @param factor 1 = unchanged, 0 = black */
export function adjustBrightness(picture: Picture, factor: number): Picture {
  const single = Math.fround(factor);
  return applyToneCurve(picture, value => blend(0, value, single));
}
