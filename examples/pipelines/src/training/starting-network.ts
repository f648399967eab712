import { createNetwork } from '../network/create.js';
import type { PretrainedEncoder } from '../network/pretrained-encoder.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { type AnyEngine, recomputeToFit } from './memory-estimate.js';

interface StartingNetworkOptions {
  /** Foreground classes. */
  classes: number;
  /** The encoder to start from, and what errors call it; without it, weights are random. */
  pretrained?: { encoder: PretrainedEncoder; source: string };
  engine: AnyEngine;
  /** Bytes that an iteration may take. Default: what the engine has. */
  memory?: number;
}

/**
 * The network of a recipe as a run starts with it.
 *
 * @throws RangeError before it computes anything, if it is too large for an iteration. @throws Error if the encoder does not fit.
 */
export function startingNetwork(recipe: Recipe, { classes, pretrained, engine, memory }: StartingNetworkOptions): SegmentationNetwork {
  const network = createNetwork(recipe, classes);
  try {
    if (pretrained) network.encoder.load(pretrained.encoder.tensors, { source: pretrained.source });
    const values = [...network.trainable().values()].reduce((sum, { size }) => sum + size, 0);
    recomputeToFit(engine, recipe, backboneOf(recipe), classes, values, memory);
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
}
