import type { Random } from '../random.js';
import { desaturate } from './blend.js';
import { type ColorJitter, type ColorJitterSettings, drawColorJitter, jitterSteps } from './color-jitter.js';
import { blur } from './gaussian-blur.js';
import type { FrameStep } from './pixel-memory.js';
import { invertBright } from './solarize.js';

/** How the colors of a view are changed: each step with its probability. */
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

/** Jitter, grayscale, blur, solarize, in this order. */
export const photometricSteps = ({ jitter, grayscale, blur: radius, solarize: threshold }: Photometric): FrameStep[] => [
  ...(jitter ? jitterSteps(jitter) : []),
  ...(grayscale ? [desaturate] : []),
  ...(radius !== undefined ? [blur(radius)] : []),
  ...(threshold !== undefined ? [invertBright(threshold)] : []),
];
