import type { AugmentationSettings } from '@wsss/datasets';
import type { VisionTransformerConfig } from '@wsss/vit';

/** Everything that a training run can be told; written to its folder. Iterations are counted from 0. */
export interface Recipe {
  /** 'paper' reproduces the oddities of the authors' program, 'fixed' corrects them; docs/recipes.md lists the differences. */
  variant: 'fixed' | 'paper';
  /** Name of a known backbone, or sizes of your own. */
  backbone: string | VisionTransformerConfig;
  /** Subtracted from RGB in [0, 1], and what divides it then. null: what the backbone's weights were trained with. */
  normalization: { mean: number[]; std: number[] } | null;
  /** Side of the square training crop, in pixels; a multiple of the patch size. */
  crop: number;
  /** Images an iteration (and accumulation step). */
  batch: number;
  /** Accumulation steps whose gradients are averaged before an update. */
  accumulate: number;
  iterations: number;
  seed: number;
  /** Recompute blocks in the backward pass: a third of the memory for a third more work. */
  recompute: boolean;
  /** Of the matrix products in training. bfloat16 is faster where the processor or GPU has units for it, and changes the numbers; native and cuda only. */
  precision: 'float32' | 'bfloat16';

  optimizer: {
    /** Rate of the encoder. */
    learningRate: number;
    /** Rate of heads and decoder. */
    headLearningRate: number;
    /** Rate of the projector; null: that of the heads. */
    projectorLearningRate: number | null;
    weightDecay: number;
    beta1: number;
    beta2: number;
    /** The rate rises from `warmupRatio` during these iterations; null: the recipe's share of the run. */
    warmupIterations: number | null;
    warmupRatio: number;
    /** Exponent of the polynomial decay. */
    power: number;
    /** Gradients whose norm, all together, is above this are scaled down to it; null: as they are. */
    clipNorm: number | null;
    /** Iterations in a row that may be left out because a loss or a gradient is NaN or infinite; one more ends the run. */
    skipAtMost: number;
  };

  schedule: {
    /** Segmentation and dense energy join the loss after this iteration; null: the recipe's share of the run. */
    segmentationAfter: number | null;
    /** From the auxiliary to the main CAM for the key masks after this iteration; null: the recipe's share of the run; −1: always main. */
    mainCamForMasksAfter: number | null;
    /** From the auxiliary to the main CAM for the refined labels after this iteration. */
    mainCamForLabelsAfter: number | null;
  };

  /** Loss weights. A loss of weight 0 is not computed. */
  weights: { classification: number; auxiliary: number; affinity: number; contrast: number; segmentation: number; denseEnergy: number };

  cam: {
    scales: number[];
    /** At most this: background. */
    low: number;
    /** At least this: certainly the class. */
    high: number;
    /** CAM labels at or below this are background in evaluations. */
    background: number;
  };

  /** Local views: how many, share of hidden cells, side of a cell in patches, share that makes a view positive. */
  masks: { count: number; ratio: number; cell: number; positiveRatio: number };
  /** What the whole image is contrasted with: parts of it under key masks (MCC), or small crops of it (ToCo); then the loss. */
  contrast: { views: 'masked' | 'crops'; temperature: number; epsilon: number; momentum: number };
  /** Local crops, where those are contrasted: how many, their side in pixels (null: 96/448 of the crop), share that makes one positive. */
  crops: { count: number; size: number | null; positiveRatio: number };
  projector: { hiddenSize: number; bottleneckSize: number; outputSize: number };
  decoder: { hiddenSize: number; dilation: number };
  /** Pixel-adaptive refinement of the pseudo labels. */
  par: { dilations: number[]; iterations: number; width: number; positionWeight: number; downScale: number };
  /** The dense energy loss: widths of its Gaussians in color levels and pixels, scale it works at, weight inside. */
  denseEnergy: { sigmaColor: number; sigmaPosition: number; scale: number; weight: number };
  /** Random augmentation. */
  augmentation: AugmentationSettings;
  /**
   * In-training evaluation: side that images are resized to, in pixels (null: the crop); every how many iterations (null: only at the
   * end); whether the network before the first iteration is scored too; images evaluated together.
   */
  evaluation: { size: number | null; every: number | null; before: boolean; batch: number };
  /** Iterations between log records, and between checkpoints (null: ten times a run); how many of the newest are kept, beside the best. */
  log: { every: number; checkpointEvery: number | null; keepCheckpoints: number };
}

/** A loss that the total is a weighted sum of. All there are have a weight. */
export type LossName = keyof Recipe['weights'];
