import type { Picture } from '../dataset';
import { applyToneCurve } from './tone-curve';

/** Values from the threshold on are inverted (255 − value). */
export const solarize = (picture: Picture, threshold = 128): Picture =>
  applyToneCurve(picture, value => (value < threshold ? value : 255 - value));
