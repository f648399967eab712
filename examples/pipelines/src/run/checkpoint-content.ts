import { datasetName } from '@wsss/datasets/names';
import type { AdamW } from '@wsss/train/optimizers';
import { type Checkpoint, firstNotFinite, NotFiniteError } from '@wsss/train/runs';
import type { StateDict } from '@wsss/weights';
import { createNetwork } from '../network/create.js';
import { leastNetworkValues } from '../network/network-values.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { checkRecipe, overlay } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/registry.js';
import { type CheckpointInfo, parseInfo } from './checkpoint-info.js';

const FORMAT = 'wsss-mcc-3';
const OPTIMIZER = 'optimizer.';

/** A training in memory: what a checkpoint holds. */
export interface TrainingContent {
  network: SegmentationNetwork;
  /** Foreground class names. */
  classes: string[];
  recipe: Recipe;
  info: CheckpointInfo;
  /** State of the optimizer, if it was saved. */
  optimizer: StateDict;
}

/**
 * The checkpoint of a training, under the names of the reference program: the network, its teacher too, and the optimizer.
 *
 * @param optimizer Left out: a model to be used, which training does not go on from.
 */
export async function checkpointOf(
  network: SegmentationNetwork,
  optimizer: Pick<AdamW, 'state'> | undefined,
  info: CheckpointInfo,
): Promise<Checkpoint> {
  const tensors: StateDict = new Map(await network.toStateDict());
  for (const [name, tensor] of (await optimizer?.state()) ?? []) tensors.set(OPTIMIZER + name, tensor);
  return { tensors, metadata: { format: FORMAT, info: JSON.stringify(info) } };
}

/** Whether a checkpoint is that of a training of this program. */
export const isTraining = ({ metadata }: Checkpoint): boolean => metadata.format === FORMAT;

/**
 * The training that a checkpoint holds.
 *
 * @param checkpoint.problem what is wrong with it, thrown where nothing that says more is.
 * @param file what errors call it.
 * @throws Error when it is damaged, or no checkpoint of this program.
 */
export function trainingOf(checkpoint: Checkpoint & { problem?: string }, file: string): TrainingContent {
  const { tensors, metadata, problem } = checkpoint;
  if (!isTraining(checkpoint))
    throw new Error(
      `${file} is not a checkpoint of mcc train (format ${JSON.stringify(metadata.format ?? 'none')}, expected ${FORMAT}); ` +
        'give a checkpoint.safetensors from a run folder, or the folder',
    );
  const saved = parseInfo(metadata.info ?? '', file);
  const dataset = datasetName(saved.dataset);
  const recipe = overlay(recipes[dataset].recipe, saved.recipe, `recipe in ${file}`);
  checkRecipe(recipe);
  const optimizer: StateDict = new Map();
  const weights: StateDict = new Map();
  for (const [key, tensor] of tensors)
    key.startsWith(OPTIMIZER) ? optimizer.set(key.slice(OPTIMIZER.length), tensor) : weights.set(key, tensor);
  requireSize(weights, recipe, saved.classes.length, file);
  const network = createNetwork(recipe, saved.classes.length);
  try {
    network.load(weights, file);
    if (problem) throw new Error(problem); // what does not fit together says more
  } catch (error) {
    network.dispose();
    throw error;
  }
  return { network, classes: saved.classes, recipe, info: { ...saved, dataset, recipe }, optimizer };
}

/** @throws NotFiniteError if a value of a checkpoint is NaN or infinite: it would be worse than none. */
export function requireFinite({ tensors }: Checkpoint, iteration: number): void {
  const broken = firstNotFinite(tensors);
  if (broken !== undefined)
    throw new NotFiniteError(
      `after ${iteration} iterations ${broken} holds a NaN or an infinity; nothing was saved. ` +
        'Go on from the last checkpoint (--resume) with a lower learning rate (--accept-changes).',
    );
}

/** @throws Error if a recipe describes a network of more values than a file has, before it is built. */
function requireSize(weights: StateDict, recipe: Recipe, classes: number, file: string): void {
  const found = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const wanted = leastNetworkValues(recipe, classes);
  if (wanted > 2 * found)
    throw new Error(`${file} is damaged: its recipe describes a network of at least ${wanted} values, and it holds ${found}`);
}
