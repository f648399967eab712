import { fileURLToPath } from 'node:url';
import type { DatasetName } from '@wsss/datasets';
import type { Recipe } from '../recipes/recipe.js';
import { shapes, shapesBackbone } from '../recipes/shapes.js';

/** The encoder pretrained on Shapes that comes with this program. */
const shapesEncoder = new URL('../weights/shapes-encoder.safetensors', import.meta.url);

/** The encoder's weights to start from: those that are given, or for Shapes those that come along. */
export function startingWeights(
  dataset: DatasetName,
  { backbone, crop }: Recipe,
  { weights, fromScratch }: { weights?: string; fromScratch?: boolean },
): string | undefined {
  const usesShapesBackbone = dataset === 'shapes' && JSON.stringify(backbone) === JSON.stringify(shapesBackbone) && crop === shapes.crop;
  return weights ?? (usesShapesBackbone && !fromScratch ? fileURLToPath(shapesEncoder) : undefined);
}
