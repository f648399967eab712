import type { TrainingBatch } from '@wsss/datasets/batches';
import { createRandom } from '@wsss/datasets/random';
import { drawCropChances, drawKeyMasks } from '@wsss/mcc';
import { normalizeImages } from '../network/normalize.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import type { StepBatch } from './step-inputs.js';

/**
 * A batch from the loader as a training step takes it: images normalized, key masks drawn.
 *
 * @param position of the batch in the run, counted in micro-batches; with the recipe's seed it determines the masks.
 */
export function prepareBatch(batch: TrainingBatch, recipe: Recipe, position: number): StepBatch {
  const backbone = backboneOf(recipe);
  const shape = [batch.size, batch.crop, batch.crop, 3] as const;
  const side = batch.crop / backbone.patchSize;
  const random = createRandom(recipe.seed, 'key masks', position);
  const crops = createRandom(recipe.seed, 'crops', position);
  const usesCrops = recipe.weights.contrast !== 0 && recipe.contrast.views === 'crops';
  return {
    view1: normalizeImages(batch.view1, shape, backbone),
    view2: normalizeImages(batch.view2, shape, backbone),
    local: normalizeImages(batch.local, shape, backbone),
    boxes: batch.boxes,
    labels: batch.labels,
    masks: drawKeyMasks(() => random.uniform(), batch.size, [side, side], { ...recipe.masks, mayBeEmpty: recipe.variant === 'paper' }),
    ...(usesCrops && { cropChances: drawCropChances(() => crops.uniform(), batch.size, [batch.crop, batch.crop], localCropSize(recipe)) }),
  };
}

/** Side of the local crops: as set, or ToCo's share of the training crop, 96 of 448 pixels, in whole patches. */
export function localCropSize(recipe: Recipe): number {
  const { patchSize } = backboneOf(recipe);
  return recipe.crops.size ?? Math.max(1, Math.round((recipe.crop * 96) / 448 / patchSize)) * patchSize;
}
