import { createRandom } from '@wsss/datasets';
import { type AdamW, checkpointHash, loadCheckpoint, saveCheckpoint } from '@wsss/train';
import type { StateDict } from '@wsss/weights';
import { SegmentationNetwork } from './model/segmentation-network.js';
import { type DatasetName, datasetName, recipes } from './open-dataset.js';
import { backboneOf, checkRecipe, overlay } from './recipes/check-recipe.js';
import type { Recipe } from './recipes/recipe.js';

/** What a checkpoint says about itself, beside its tensors. */
export interface CheckpointInfo {
  dataset: DatasetName;
  /** Foreground class names. */
  classes: string[];
  recipe: Recipe;
  /** Iterations done. */
  iteration: number;
}

const FORMAT = 'wsss-mcc-1';
const OPTIMIZER = 'optimizer.';

/** The network that a recipe describes. Its initial weights come from the recipe's seed. */
export function createNetwork(recipe: Recipe, classes: number): SegmentationNetwork {
  const random = createRandom(recipe.seed, 'weights');
  return new SegmentationNetwork(
    { backbone: backboneOf(recipe), classes, decoder: recipe.decoder, mcc: { ...recipe.projector, ...recipe.contrast } },
    () => random.uniform(),
  );
}

/** Saves network and optimiser as one safetensors file, under the names of the reference program. */
export async function saveTraining(file: string, network: SegmentationNetwork, optimizer: AdamW, info: CheckpointInfo): Promise<void> {
  const tensors: StateDict = new Map(await network.toStateDict());
  for (const [name, tensor] of await optimizer.state()) tensors.set(OPTIMIZER + name, tensor);
  await saveCheckpoint(file, { tensors, metadata: { format: FORMAT, info: JSON.stringify(info) } });
}

export interface LoadedTraining {
  network: SegmentationNetwork;
  info: CheckpointInfo;
  /** SHA-256 of the file. */
  hash: string;
  /** State of the optimiser, if it was saved. */
  optimizer: StateDict;
}

/**
 * Loads what {@link saveTraining} wrote.
 *
 * @throws Error when the file is missing, damaged, or not a checkpoint of this program.
 */
export async function loadTraining(file: string): Promise<LoadedTraining> {
  const { tensors, metadata } = await loadCheckpoint(file);
  if (metadata.format !== FORMAT)
    throw new Error(
      `${file} is not a checkpoint of mcc train (format ${JSON.stringify(metadata.format ?? 'none')}, expected ${FORMAT}); give a checkpoint.safetensors from a run folder`,
    );
  const { dataset, classes, recipe: saved, iteration } = JSON.parse(metadata.info ?? '{}') as CheckpointInfo;
  const name = datasetName(dataset);
  const recipe = overlay(recipes[name].recipe, saved, `recipe in ${file}`);
  checkRecipe(recipe);
  const optimizer: StateDict = new Map();
  const weights: StateDict = new Map();
  for (const [key, tensor] of tensors)
    key.startsWith(OPTIMIZER) ? optimizer.set(key.slice(OPTIMIZER.length), tensor) : weights.set(key, tensor);
  const network = createNetwork(recipe, classes.length);
  network.load(weights, file);
  return { network, info: { dataset: name, classes, recipe, iteration }, hash: await checkpointHash(file), optimizer };
}
