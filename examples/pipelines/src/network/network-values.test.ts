import { expect, it } from 'vitest';
import { overlay } from '../recipes/check-recipe.js';
import { recipes } from '../recipes/registry.js';
import { smallRecipe } from '../test/command.js';
import { createNetwork } from './create.js';
import { leastNetworkValues } from './network-values.js';

it.each(['voc', 'coco', 'shapes'] as const)('is a little less than what a network of %s has', async name => {
  for (const settings of [smallRecipe, { ...smallRecipe, backbone: { ...smallRecipe.backbone, embedSize: 64, depth: 6 } }]) {
    const recipe = overlay(recipes[name].recipe, settings, 'test');
    const network = createNetwork(recipe, 20);
    const values = [...(await network.toStateDict()).values()].reduce((sum, { data }) => sum + data.length, 0);
    network.dispose();
    expect(leastNetworkValues(recipe, 20)).toBeLessThanOrEqual(values);
    expect(leastNetworkValues(recipe, 20)).toBeGreaterThan(0.7 * values);
  }
});
