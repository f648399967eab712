import * as tf from '@tensorflow/tfjs-core';
import { shapesDataset } from '@wsss/datasets';
import { createNetwork } from '../network/create.js';
import { overlay } from '../recipes/check-recipe.js';
import { shapes } from '../recipes/shapes.js';

const backbone = { imageSize: 32, patchSize: 8, embedSize: 16, depth: 5, heads: 2 };

/**
 * A network whose first patch is an artifact token, in channel 3: the patch says so by its position, and in block 1 the neurons 7 and 20
 * hear it, and shout. Its norm is more than 100 times the median.
 */
export function networkWithArtifacts() {
  const recipe = overlay(shapes, { backbone, crop: 32, artifacts: { remedy: 'register', ratio: 100 } }, 'the test');
  const dataset = shapesDataset({ seed: 1, length: 4, size: 96 });
  const network = createNetwork(recipe, dataset.classes.length);
  const set = (name: string, of: (values: Float32Array) => void) => {
    const variable = network.variable(name);
    const values = variable.dataSync().slice() as Float32Array;
    of(values);
    variable.assign(tf.tensor(values, variable.shape));
  };
  set('encoder.pos_embed', values => {
    values[16] = 30;
  });
  set('encoder.blocks.1.mlp.fc1.weight', values => {
    for (const neuron of [7, 20]) values[neuron] = 4;
  });
  set('encoder.blocks.1.mlp.fc1.bias', values => {
    for (const neuron of [7, 20]) values[neuron] = -10;
  });
  set('encoder.blocks.1.mlp.fc2.weight', values => {
    for (const neuron of [7, 20]) values[neuron * 16 + 3] = 200;
  });
  return { recipe, dataset, network };
}
