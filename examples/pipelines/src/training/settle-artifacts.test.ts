import { afterAll, beforeEach, expect, it } from 'vitest';
import { createNetwork } from '../network/create.js';
import { networkWithArtifacts } from '../test/network-with-artifacts.js';
import { settleArtifacts } from './settle-artifacts.js';

const { recipe, dataset, network } = networkWithArtifacts();
afterAll(() => network.dispose());
beforeEach(() => {
  network.encoder.registerNeurons = [];
});

it('finds the neurons where a register is asked for, and keeps them in the recipe', async () => {
  const settled = await settleArtifacts(recipe, dataset, network);
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
