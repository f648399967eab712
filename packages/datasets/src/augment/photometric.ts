import type { Random } from '../random.js';
import { brighten, changeContrast, desaturate, invertBright, saturate, turnHue } from './colors.js';
import { blur } from './gaussian-blur.js';
import type { FrameStep } from './pixel-memory.js';

const adjustments = { brightness: brighten, contrast: changeContrast, saturation: saturate, hue: turnHue };
type Adjustment = keyof typeof adjustments;

/** How the colors of a view are changed: each step with its probability. */
export interface PhotometricSettings {
  /** Factors for the first three are drawn from [max(0, 1 − x), 1 + x], the hue's turn from [−x, x]. */
  jitter: Record<Adjustment, number> & { probability: number };
  grayscale: { probability: number };
  /** Gaussian blur, its radius (standard deviation, pixels) drawn from a range. */
  blur: { probability: number; radius: readonly [number, number] };
  solarize: { probability: number; threshold: number };
}

/** The drawn steps of one view; undefined where a step is not taken. */
export interface Photometric {
  /** Adjustments and their factors (the hue's turn), in the order in which they are applied. */
  jitter?: readonly (readonly [Adjustment, amount: number])[];
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

/** Random amounts in random order; adjustments of strength 0 are left out. */
export function drawColorJitter(random: Random, settings: Record<Adjustment, number>): NonNullable<Photometric['jitter']> {
  const names = Object.keys(adjustments) as Adjustment[];
  return [...random.permutation(names.length)].flatMap(i => {
    const name = names[i]!;
    const strength = settings[name];
    if (strength === 0) return [];
    const least = name === 'hue' ? -strength : Math.max(0, 1 - strength);
    return [[name, random.uniform(least, name === 'hue' ? strength : 1 + strength)] as const];
  });
}

/** Jitter, grayscale, blur, solarize, in this order. */
export const photometricSteps = ({ jitter, grayscale, blur: radius, solarize: threshold }: Photometric): FrameStep[] => [
  ...(jitter ?? []).map(([name, amount]) => adjustments[name](amount)),
  ...(grayscale ? [desaturate] : []),
  ...(radius !== undefined ? [blur(radius)] : []),
  ...(threshold !== undefined ? [invertBright(threshold)] : []),
];
