import * as tf from '@tensorflow/tfjs-core';
import { boxMask, keptClasses } from '@wsss/cam';
import type { BilateralFilter } from '@wsss/losses';
import { type KeyMasks, keyMaskTensors } from '@wsss/mcc';
import type { Normalization } from '../network/normalize.js';
import type { Recipe } from '../recipes/recipe.js';

/** What one micro-batch learns from. */
export interface StepBatch {
  /** float32 [B, S, S, 3], normalized: global view 1, the training crop. */
  view1: tf.Tensor4D;
  /** float32 [B, S, S, 3], normalized: global view 2, a random resized crop of the same picture. */
  view2: tf.Tensor4D;
  /** float32 [B, S, S, 3], normalized: the training crop with other colors, of which local views see a few patches. */
  local: tf.Tensor4D;
  /** [B, 4]: top, bottom, left, right of the picture inside the crop, in pixels. */
  boxes: Int32Array;
  /** [B, C]: image-level labels, 0 or 1. */
  labels: Float32Array;
  /** Key masks of the local views. */
  masks: KeyMasks;
  /** Of a contrast of crops: float32 [B, S − s + 1, S − s + 1], uniform numbers that decide where they are; see `uncertainCrops`. */
  cropChances?: tf.Tensor3D;
}

/**
 * A batch as tensors alone: what a step is a function of, beside its plan and the network's variables. `segmentationLabels`, int32
 * [B, S, S], are learned from in place of those that the step would make of its CAM.
 */
export type StepInputs = ReturnType<typeof stepInputs> & { segmentationLabels?: tf.Tensor3D };

/** Settings of a step: the part of a recipe that it needs, and how images were normalized. */
export type StepSettings = Pick<
  Recipe,
  'variant' | 'recompute' | 'weights' | 'classifiers' | 'cam' | 'contrast' | 'masks' | 'crops' | 'par' | 'denseEnergy'
> & {
  normalization: Normalization;
  /** The bilateral filter of the dense energy, such as `bilateralFilter` of @wsss/crf. */
  filter: BilateralFilter;
};

/** Numbers of visible patches and of kept classes are rounded up to these, so that few shapes occur and a traced step serves again. */
const visibleSteps = 16;
const classSteps = [3, 4, 6, 8, 12];

/** The tensors of a batch; the caller disposes of them. The views are the batch's own. */
export function stepInputs(
  batch: StepBatch,
  { variant, cam }: Pick<Recipe, 'variant' | 'cam'>,
  thresholds: Pick<Recipe['cam'], 'low' | 'high'> = cam,
) {
  const { view1, view2, local, boxes, masks, cropChances } = batch;
  const [size, height, width] = view1.shape;
  const classes = batch.labels.length / size;
  const cell = height / masks.grid[0];
  return {
    view1,
    view2,
    local,
    labels: tf.tensor2d(batch.labels, [size, classes]),
    /** int32 [B, M], see keptClasses. */
    kept: keptClasses(batch.labels, classes, classSteps),
    /** int32 [B, 4] */
    boxes: tf.tensor2d(boxes, [size, 4], 'int32'),
    /** float32 [B, S, S]: 1 inside the picture. */
    inside: boxMask(boxes, [height, width]),
    /** float32 [B, h, w]: patches inside the picture. The authors' program applies the box, given in pixels, to patches. */
    patchesInside: boxMask(boxes, masks.grid, variant === 'paper' ? 1 : cell),
    /** Thresholds of the CAM. */
    low: tf.scalar(thresholds.low),
    high: tf.scalar(thresholds.high),
    ...keyMaskTensors(masks, visibleSteps),
    ...(cropChances && { cropChances }),
  };
}
