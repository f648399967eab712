import type { Picture } from '../dataset';
import type { Random } from '../random';
import { type ColorJitter, type ColorJitterSettings, colorJitter, drawColorJitter } from './color-jitter';
import { gaussianBlur } from './gaussian-blur';
import { grayscale } from './grayscale';
import { solarize } from './solarize';

/** How the colours of a view are changed: each step with its probability. */
export interface PhotometricSettings {
  jitter: ColorJitterSettings & { probability: number };
  grayscale: { probability: number };
  /** Gaussian blur, its radius (standard deviation, pixels) drawn from a range. */
  blur: { probability: number; radius: readonly [number, number] };
  solarize: { probability: number; threshold: number };
}

/** The drawn steps of one view; undefined where a step is not taken. */
export interface Photometric {
  jitter?: ColorJitter;
  grayscale: boolean;
  blur?: number;
  solarize?: number;
}

export function drawPhotometric(random: Random, { jitter, grayscale, blur, solarize }: PhotometricSettings): Photometric {
  return {
    jitter: random.chance(jitter.probability) ? drawColorJitter(random, jitter) : undefined,
    grayscale: random.chance(grayscale.probability),
    blur: random.chance(blur.probability) ? random.uniform(...blur.radius) : undefined,
    solarize: random.chance(solarize.probability) ? solarize.threshold : undefined,
  };
}

/** Jitter, greyscale, blur, solarise, in this order. */
export function photometric(picture: Picture, steps: Photometric): Picture {
  let changed = picture;
  if (steps.jitter) changed = colorJitter(changed, steps.jitter);
  if (steps.grayscale) changed = grayscale(changed);
  if (steps.blur !== undefined) changed = gaussianBlur(changed, steps.blur);
  if (steps.solarize !== undefined) changed = solarize(changed, steps.solarize);
  return changed;
}
