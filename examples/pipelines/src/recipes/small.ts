import type { AugmentationSettings } from '@wsss/datasets';
import type { Recipe } from './recipe.js';

/** What is known of a run before its recipe is. */
export interface SmallRun {
  /** Images to train on. */
  images: number;
  /** Classes an image has, in the mean. */
  classesAnImage: number;
  /** Set by hand; default: what fits the number of images. */
  iterations?: number;
  crop?: number;
  batch?: number;
}

/** Side of the paper's crops, for which its range of scales was chosen. */
const paperCrop = 448;
/** Up to so many classes an image, a picture is taken to show one thing, which may be singled without showing another's place. */
const oneThing = 1.1;
/** Where crops show pictures singled, in the mean, these are evaluated larger than the crops (Touvron et al., "FixRes", NeurIPS 2019). */
const evaluationFactor = 1.5;

/**
 * The recipe for few images and little time, laid over that of a dataset: smaller crops that show as much of a picture as the paper's do;
 * higher rates, a slow projector, and the classes learned first, since CAM, affinity and contrast teach nothing while they are unknown.
 * Where a picture shows one thing, crops also go down to as few of its pixels as the paper's do, so that the CAM needs no larger scale, and
 * the class token learns to name it.
 * Its values were found on training images; see docs/recipes.md.
 */
export function smallRecipe(defaults: Recipe, run: SmallRun): Recipe {
  const { images, iterations, crop = 224, batch = defaults.batch } = run;
  const length = iterations ?? Math.min(4000, Math.max(800, Math.ceil((images * 10) / batch / 100) * 100));
  const at = (share: number) => Math.round(share * length);
  const [smallest, largest] = defaults.augmentation.scale;
  const fitted = (scale: number) => Math.round((100 * scale * crop) / paperCrop) / 100;
  const single = run.classesAnImage <= oneThing;
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
    weights: { ...defaults.weights, contrast: 0.1, classToken: single ? 1 : 0 },
    classifiers: { ...defaults.classifiers, initialScale: 0 },
    cam: single ? { ...defaults.cam, scales: [1, 0.5] } : defaults.cam,
    masks: { ...defaults.masks, positiveRatio: 0.5 },
    augmentation: gentle({ ...defaults.augmentation, scale: [fitted(smallest), single ? largest : fitted(largest)] }),
    evaluation: single ? { ...defaults.evaluation, size: Math.round(evaluationFactor * crop) } : defaults.evaluation,
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
