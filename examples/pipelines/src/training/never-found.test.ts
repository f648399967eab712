import * as tf from '@tensorflow/tfjs-core';
import { shapesDataset } from '@wsss/datasets/shapes';
import { expect, it } from 'vitest';
import { createNetwork } from '../network/create.js';
import { recipes } from '../recipes/registry.js';
import { neverFound } from './never-found.js';

it('names classes that are found in none of their images, and no others', async () => {
  const recipe = { ...recipes.shapes.recipe, crop: 32 };
  const dataset = shapesDataset({ seed: 3, length: 40, size: 32 });
  const network = createNetwork(recipe, 5);
  // Logits as a head would give them that knows two of five classes: what is asked of the encoder stays real.
  const knowing = {
    encoder: network.encoder,
    classify: () => ({ naming: tf.tensor2d([[1, -1, 1, -1, -1]]) }),
  };
  const before = tf.memory().numTensors;
  const missing = await neverFound(knowing as never, dataset, recipe, 2);
  expect(tf.memory().numTensors).toBe(before);
  expect(missing.map(({ name }) => name)).toEqual(['square', 'star', 'cross']);
  expect(missing.every(({ images }) => images >= 1)).toBe(true);
  network.dispose();
});
