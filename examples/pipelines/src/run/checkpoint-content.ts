import { datasetName } from '@wsss/datasets/names';
import { type Checkpoint, firstNotFinite, NotFiniteError } from '@wsss/train/runs';
import type { StateDict } from '@wsss/weights';
import { createNetwork } from '../network/create.js';
import { leastNetworkValues } from '../network/network-values.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { checkRecipe, overlay } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/registry.js';
import { refusal } from './advice.js';
import { type CheckpointInfo, parseInfo } from './checkpoint-info.js';

const FORMAT = 'wsss-mcc-3';

/** What a run carries with it beside its network, so that it goes on as if it had never stopped. */
export type Carried = Record<'optimizer' | 'slowTeacher' | 'thresholds', StateDict>;

/** What the names of its tensors begin with. */
const prefixes: Record<keyof Carried, string> = { optimizer: 'optimizer.', slowTeacher: 'slow_teacher.', thresholds: 'thresholds.' };

/** A training in memory: what a checkpoint holds. */
export interface TrainingContent {
  network: SegmentationNetwork;
  /** Foreground class names. */
  classes: string[];
  recipe: Recipe;
  info: CheckpointInfo;
  /** What the run carried with it, as far as it was saved. */
  carried: Carried;
}

/**
 * The checkpoint of a training, under the names of the reference program: the network, its teacher too, and what the run carries.
 *
 * @param carried Left out: a model to be used, which training does not go on from.
 */
export async function checkpointOf(
  network: SegmentationNetwork,
  carried: Partial<Carried> | undefined,
  info: CheckpointInfo,
): Promise<Checkpoint> {
  const tensors: StateDict = new Map(await network.toStateDict());
  for (const [owner, state] of Object.entries(carried ?? {}))
    for (const [name, tensor] of state) tensors.set(prefixes[owner as keyof Carried] + name, tensor);
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
    throw refusal(Error, {
      problem: `${file} is not a checkpoint of mcc train (format ${JSON.stringify(metadata.format ?? 'none')}, expected ${FORMAT})`,
      advice: {
        command: '; give a checkpoint.safetensors from a run folder, or the folder',
        page: '; open the checkpoint.safetensors of a run',
      },
    });
  const saved = parseInfo(metadata.info ?? '', file);
  const dataset = datasetName(saved.dataset);
  const recipe = overlay(recipes[dataset].recipe, saved.recipe, `recipe in ${file}`);
  checkRecipe(recipe);
  const carried: Carried = { optimizer: new Map(), slowTeacher: new Map(), thresholds: new Map() };
  const weights: StateDict = new Map();
  for (const [key, tensor] of tensors) {
    const owner = (Object.keys(carried) as (keyof Carried)[]).find(name => key.startsWith(prefixes[name]));
    if (owner) carried[owner].set(key.slice(prefixes[owner].length), tensor);
    else weights.set(key, tensor);
  }
  requireSize(weights, recipe, saved.classes.length, file);
  const network = createNetwork(recipe, saved.classes.length);
  try {
    network.load(weights, file);
    if (problem) throw new Error(problem); // what does not fit together says more
  } catch (error) {
    network.dispose();
    throw error;
  }
  return { network, classes: saved.classes, recipe, info: { ...saved, dataset, recipe }, carried };
}

/** @throws NotFiniteError if a value of a checkpoint is NaN or infinite: it would be worse than none. */
export function requireFinite({ tensors }: Checkpoint, iteration: number): void {
  const broken = firstNotFinite(tensors);
  if (broken !== undefined)
    throw refusal(NotFiniteError, {
      problem: `after ${iteration} iterations ${broken} holds a NaN or an infinity; nothing was saved`,
      advice: {
        command: '. Go on from the last checkpoint (--resume) with a lower learning rate (--accept-changes).',
        page: '. Go on from what was saved before; if it happens again, train anew with another seed or a larger batch.',
      },
    });
}

/** @throws Error if a recipe describes a network of more values than a file has, before it is built. */
function requireSize(weights: StateDict, recipe: Recipe, classes: number, file: string): void {
  const found = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const wanted = leastNetworkValues(recipe, classes);
  if (wanted > 2 * found)
    throw new Error(`${file} is damaged: its recipe describes a network of at least ${wanted} values, and it holds ${found}`);
}
