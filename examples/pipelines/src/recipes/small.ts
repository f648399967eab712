import type { AugmentationSettings } from '@wsss/datasets';
import type { Recipe } from './recipe.js';

/** What is known of a run before its recipe is. */
export interface SmallRun {
  /** Images to train on. */
  images: number;
  /** Set by hand; default: what fits the number of images. */
  iterations?: number;
  crop?: number;
  batch?: number;
}

/** Side of the paper's crops, for which its range of scales was chosen. */
const paperCrop = 448;
/** Pictures are evaluated larger than the crops: crops show them enlarged, in the mean (Touvron et al., "FixRes", NeurIPS 2019). */
const evaluationFactor = 1.5;

/**
 * The recipe for few images and little time, laid over that of a dataset: smaller crops, from ones that show as much of a picture as the
 * paper's do to ones that show as little of it in pixels, higher rates, a slow projector, and the classes learned first, since CAM,
 * affinity and contrast teach nothing while they are unknown.
 * Its values were found on training images; see docs/recipes.md.
 */
export function smallRecipe(defaults: Recipe, { images, iterations, crop = 224, batch = defaults.batch }: SmallRun): Recipe {
  const length = iterations ?? Math.min(4000, Math.max(800, Math.ceil((images * 10) / batch / 100) * 100));
  const at = (share: number) => Math.round(share * length);
  const smallest = Number(((defaults.augmentation.scale[0] * crop) / paperCrop).toPrecision(2));
  return {
    ...defaults,
    crop,
    batch,
    iterations: length,
    optimizer: {
      ...defaults.optimizer,
      learningRate: 1e-4,
      headLearningRate: 2e-3,
      projectorLearningRate: 3e-4,
      warmupIterations: at(0.05),
    },
    schedule: { classificationUntil: at(0.25), segmentationAfter: at(0.4), mainCamForMasksAfter: at(0.6), mainCamForLabelsAfter: -1 },
    weights: { ...defaults.weights, contrast: 0.1 },
    classifiers: { initialScale: 0 },
    augmentation: gentle({ ...defaults.augmentation, scale: [smallest, defaults.augmentation.scale[1]] }),
    evaluation: { ...defaults.evaluation, size: Math.round(evaluationFactor * crop) },
  };
}

/** Colors are changed less often than in the paper: from a few images the classes are learned twice as fast. */
function gentle(augmentation: AugmentationSettings): AugmentationSettings {
  const { view1, view2, local } = augmentation;
  const less = <View extends AugmentationSettings['view1']>(view: View): View => ({
    ...view,
    jitter: { ...view.jitter, probability: 0.3 },
    grayscale: { probability: 0.05 },
    blur: { probability: 0.2, radius: [0.1, 1] },
    solarize: { ...view.solarize, probability: Math.min(view.solarize.probability, 0.05) },
  });
  return { ...augmentation, view1: less(view1), view2: less(view2), local: less(local) };
}
