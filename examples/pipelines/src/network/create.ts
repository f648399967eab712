import { createRandom } from '@wsss/datasets/random';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { SegmentationNetwork } from './segmentation-network.js';

/** The network that a recipe describes. Its initial weights come from the recipe's seed. */
export function createNetwork(recipe: Recipe, classes: number): SegmentationNetwork {
  const random = createRandom(recipe.seed, 'weights');
  const network = new SegmentationNetwork(
    {
      backbone: backboneOf(recipe),
      classes,
      classifiers: { initialScale: recipe.classifiers.initialScale, classToken: recipe.weights.classToken > 0 },
      decoder: recipe.decoder,
      mcc: { ...recipe.projector, ...recipe.contrast },
      artifacts: { ...recipe.artifacts, remedy: recipe.artifacts.remedy ?? 'none' },
    },
    () => random.uniform(),
  );
  network.encoder.registerNeurons = recipe.artifacts.neurons;
  return network;
}
