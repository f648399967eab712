import * as tf from '@tensorflow/tfjs-core';
import { shapesDataset } from '@wsss/datasets';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { createNetwork } from '../network/create.js';
import { overlay } from '../recipes/check-recipe.js';
import { shapes } from '../recipes/shapes.js';
import { findArtifacts, imagesToLookAt } from './find-artifacts.js';
import { findRegisterNeurons } from './find-register-neurons.js';
import { settleArtifacts } from './settle-artifacts.js';

const backbone = { imageSize: 32, patchSize: 8, embedSize: 16, depth: 5, heads: 2 };
const recipe = overlay(shapes, { backbone, crop: 32, artifacts: { remedy: 'register' } }, 'the test');
const dataset = shapesDataset({ seed: 1, length: 4, size: 96 });
const network = createNetwork(recipe, dataset.classes.length);
const images = await imagesToLookAt(dataset, recipe);
const set = (name: string, of: (values: Float32Array) => void) => {
  const variable = network.variable(name);
  const values = variable.dataSync().slice() as Float32Array;
  of(values);
  variable.assign(tf.tensor(values, variable.shape));
};
// The first patch says so by its position; in block 1 the neurons 7 and 20 hear it, and shout.
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
afterAll(() => {
  tf.dispose(images);
  network.dispose();
});
beforeEach(() => {
  network.encoder.registerNeurons = [];
});

it('finds as many neurons as make the artifacts, in their block', async () => {
  expect(await findArtifacts(network.encoder, images, 100)).toMatchObject({ share: 1 / 16, where: 'corners', channel: 3 });
  const before = tf.memory().numTensors;
  const neurons = await findRegisterNeurons(network.encoder, images, 100);
  expect(tf.memory().numTensors).toBe(before);
  expect(neurons.map(ofBlock => [...ofBlock].sort((a, b) => a - b))).toEqual([[], [7, 20], [], [], []]);
  expect(network.encoder.registerNeurons).toEqual([]);
  network.encoder.registerNeurons = neurons;
  expect(await findArtifacts(network.encoder, images, 100)).toBeNull();
});

it('is what a run does that asks for a register, and keeps in its recipe', async () => {
  const asked = { ...recipe, artifacts: { ...recipe.artifacts, ratio: 100 } };
  const settled = await settleArtifacts(asked, dataset, network);
  expect(settled.remark!.problem).toMatch(/^6\.3 % of the tokens .* channel 3\): what makes them is moved to a register token, 2 neurons$/);
  expect(settled.recipe.artifacts.neurons.flat().sort((a, b) => a - b)).toEqual([7, 20]);
  const again = createNetwork(settled.recipe, dataset.classes.length);
  expect(again.encoder.registerNeurons).toEqual(settled.recipe.artifacts.neurons);
  again.dispose();
});

it.each([
  ['fixed', 0, 'leaveOut'],
  ['fixed', 1, 'layerNorm'],
  ['paper', 0, 'none'],
] as const)('chooses a remedy where a recipe does not: %s, first values times %i: %s', async (variant, initialScale, remedy) => {
  const asked = { ...recipe, variant, classifiers: { ...recipe.classifiers, initialScale } };
  const settle = async (ratio: number) =>
    (await settleArtifacts({ ...asked, artifacts: { remedy: null, ratio, neurons: [] } }, dataset, network)).recipe;
  expect([(await settle(100)).artifacts.remedy, (await settle(1e6)).artifacts.remedy]).toEqual([remedy, 'none']);
});

it('changes nothing where there are no artifacts', async () => {
  const settled = await settleArtifacts({ ...recipe, artifacts: { ...recipe.artifacts, ratio: 1e6 } }, dataset, network);
  expect([settled.remark, settled.recipe.artifacts.neurons, network.encoder.registers]).toEqual([undefined, [], 0]);
});
