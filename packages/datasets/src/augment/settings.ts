import type { PhotometricSettings } from './photometric.js';
import type { RandomResizedCropSettings } from './random-resized-crop.js';

/** What the three views of an image are drawn from. */
export interface AugmentationSettings {
  /** Range of the factor by which the picture is scaled before it is cropped. */
  scale: readonly [number, number];
  /** Probability that the scaled picture is mirrored before it is cropped. */
  mirror: number;
  /** View 1, the training image itself: the crop, mirrored with a probability and its colors changed. */
  view1: PhotometricSettings & { mirror: number };
  /** View 2: a random resized crop of the original picture. */
  view2: PhotometricSettings & { mirror: number; resizedCrop: RandomResizedCropSettings };
  /** Local view: the same crop as view 1, its colors changed in another way. `mirror` counts only in variant `paper`. */
  local: PhotometricSettings & { mirror: number };
}

const shared = {
  mirror: 0.5,
  jitter: { probability: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.2, hue: 0.1 },
  grayscale: { probability: 0.2 },
};
const never = { probability: 0, threshold: 128 };

/**
 * The settings of Masked Collaborative Contrast (WACV 2024), which ToCo's multi-crop training (CVPR 2023) introduced. To change one,
 * spread: `{ ...defaultAugmentation, scale: [0.8, 1.25] }`.
 */
export const defaultAugmentation: AugmentationSettings = {
  scale: [0.5, 2],
  mirror: 0.5,
  view1: { ...shared, blur: { probability: 1, radius: [0.1, 2] }, solarize: never },
  view2: {
    ...shared,
    resizedCrop: { area: [0.4, 1], aspect: [3 / 4, 4 / 3] },
    blur: { probability: 0.1, radius: [0.1, 2] },
    solarize: { probability: 0.2, threshold: 128 },
  },
  local: { ...shared, blur: { probability: 0.5, radius: [0.1, 2] }, solarize: never },
};

/** @throws RangeError naming the first setting that is out of range */
export function checkAugmentation(settings: AugmentationSettings): void {
  const require = (name: string, value: unknown, valid: boolean, expected: string) => {
    if (!valid) throw new RangeError(`augmentation.${name} must be ${expected}, found ${JSON.stringify(value)}`);
  };
  const probability = (name: string, value: number) => require(name, value, value >= 0 && value <= 1, 'a probability from 0 to 1');
  const range = (name: string, [low, high]: readonly [number, number], most: number) => {
    const expected = `a range 0 < low ≤ high${most < Infinity ? ` ≤ ${most}` : ''}`;
    require(name, [low, high], low > 0 && low <= high && high <= most, expected);
  };

  range('scale', settings.scale, Infinity);
  probability('mirror', settings.mirror);
  for (const name of ['view1', 'view2', 'local'] as const) {
    const view = settings[name];
    probability(`${name}.mirror`, view.mirror);
    for (const step of ['jitter', 'grayscale', 'blur', 'solarize'] as const)
      probability(`${name}.${step}.probability`, view[step].probability);
    for (const strength of ['brightness', 'contrast', 'saturation', 'hue'] as const) {
      const most = strength === 'hue' ? 0.5 : Infinity;
      const value = view.jitter[strength];
      require(`${name}.jitter.${strength}`, value, value >= 0 && value <= most, most < Infinity ? `from 0 to ${most}` : '≥ 0');
    }
    range(`${name}.blur.radius`, view.blur.radius, Infinity);
  }
  range('view2.resizedCrop.area', settings.view2.resizedCrop.area, 1);
  range('view2.resizedCrop.aspect', settings.view2.resizedCrop.aspect, Infinity);
}
