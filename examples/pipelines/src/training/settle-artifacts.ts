import * as tf from '@tensorflow/tfjs-core';
import type { SegmentationDataset } from '@wsss/datasets';
import type { ArtifactRemedy, SegmentationNetwork } from '../network/segmentation-network.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Advised } from '../run/advice.js';
import { type FoundArtifacts, findArtifacts, imagesToLookAt } from './find-artifacts.js';
import { findRegisterNeurons } from './find-register-neurons.js';

const remedies: Record<ArtifactRemedy, string> = {
  none: 'nothing is done about them, and the auxiliary CAM may be a spike there',
  layerNorm: 'a layer norm before the auxiliary classifier keeps them small',
  leaveOut: "they are left out of the auxiliary CAM's maximum and minimum",
  register: 'what makes them is moved to a register token',
};

/** What is done about artifact tokens, for people. */
export const describeRemedy = (remedy: ArtifactRemedy): Advised => ({
  problem: remedies[remedy],
  advice: { command: remedy === 'none' ? '; see artifacts.remedy' : '', page: '' },
});

/** What people should know about the artifact tokens of a run's first weights. */
function describeArtifacts({ share, largest, where, channel }: FoundArtifacts, remedy: ArtifactRemedy, neurons: number): Advised {
  const places = { corners: 'mostly in the corners', border: 'mostly at the border', inside: 'mostly inside the image' };
  const count = `${(100 * share).toFixed(1)} % of the tokens that the auxiliary classifier reads are artifacts`;
  const moved = remedy === 'register' ? `, ${neurons} neuron${neurons === 1 ? '' : 's'}` : '';
  const found = `up to ${largest.toFixed(0)} times the median norm, ${places[where]}, channel ${channel}`;
  const { problem, advice } = describeRemedy(remedy);
  return { problem: `${count} (${found}): ${problem}${moved}`, advice };
}

/**
 * What a recipe that does not say does about artifact tokens, where there are some. Classifiers that start at 0 have no first value that
 * makes a spike of them, and segment better without the layer norm that others need (docs/results.md).
 */
const remedyFor = ({ variant, classifiers }: Recipe): ArtifactRemedy =>
  variant === 'paper' ? 'none' : classifiers.initialScale === 0 ? 'leaveOut' : 'layerNorm';

/** Decides what the recipe leaves to the weights: what is done about artifact tokens, if they have any. */
export async function settleArtifacts(
  recipe: Recipe,
  train: SegmentationDataset,
  network: SegmentationNetwork,
): Promise<{ recipe: Recipe; network: SegmentationNetwork; remark?: Advised }> {
  const { encoder } = network;
  const { ratio } = recipe.artifacts;
  const images = await imagesToLookAt(train, recipe);
  const found = await findArtifacts(encoder, images, ratio);
  const remedy = recipe.artifacts.remedy ?? (found ? remedyFor(recipe) : 'none');
  if (found && remedy === 'register') encoder.registerNeurons = await findRegisterNeurons(encoder, images, ratio);
  tf.dispose(images);
  const neurons = encoder.registerNeurons.map(ofBlock => [...ofBlock]);
  network.artifacts = { remedy, ratio };
  return {
    recipe: { ...recipe, artifacts: { remedy, ratio, neurons } },
    network,
    remark: found ? describeArtifacts(found, remedy, neurons.flat().length) : undefined,
  };
}
