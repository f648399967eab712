import type { Random } from '../random.js';
import { brighten, changeContrast, saturate } from './blend.js';
import { turnHue } from './hue.js';
import type { FrameStep } from './pixel-memory.js';

/** How far colors are changed: factors for the first three are drawn from [max(0, 1 − x), 1 + x], the hue's turn from [−x, x]. */
export interface ColorJitterSettings {
  brightness: number;
  contrast: number;
  saturation: number;
  hue: number;
}

/** One adjustment and its factor (the hue's turn), in the order in which they are applied. */
export type ColorJitter = readonly (readonly [adjustment: keyof ColorJitterSettings, amount: number])[];

const adjustments: Record<keyof ColorJitterSettings, (amount: number) => FrameStep> = {
  brightness: brighten,
  contrast: changeContrast,
  saturation: saturate,
  hue: turnHue,
};
const names = ['brightness', 'contrast', 'saturation', 'hue'] as const;

/** Random amounts in random order; adjustments of strength 0 are left out. */
export function drawColorJitter(random: Random, settings: ColorJitterSettings): ColorJitter {
  return [...random.permutation(names.length)].flatMap(i => {
    const name = names[i]!;
    const strength = settings[name];
    if (strength === 0) return [];
    return [
      [name, name === 'hue' ? random.uniform(-strength, strength) : random.uniform(Math.max(0, 1 - strength), 1 + strength)] as const,
    ];
  });
}

export const jitterSteps = (jitter: ColorJitter): FrameStep[] => jitter.map(([name, amount]) => adjustments[name](amount));
