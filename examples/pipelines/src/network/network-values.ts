import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';

/**
 * How many values a network by a recipe has at least, teacher included: its large matrices alone. It says whether building one is
 * possible before it is tried.
 *
 * @param classes Foreground classes, C.
 */
export function leastNetworkValues(recipe: Recipe, classes: number): number {
  const { embedSize, depth, patchSize, imageSize, mlpRatio = 4 } = backboneOf(recipe);
  const { hiddenSize, bottleneckSize, outputSize } = recipe.projector;
  const channels = recipe.decoder.hiddenSize;
  const encoder = depth * (4 + 2 * mlpRatio) * embedSize ** 2 + (3 * patchSize ** 2 + (imageSize / patchSize) ** 2) * embedSize;
  const decoder = 9 * channels * (embedSize + channels) + channels * (classes + 1);
  const projector = embedSize * hiddenSize + hiddenSize * bottleneckSize + bottleneckSize * outputSize;
  return Math.floor(encoder) + decoder + 2 * projector + 2 * classes * embedSize;
}
