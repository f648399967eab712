import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { datasetName } from '@wsss/datasets';
import {
  type Checkpoint,
  CheckpointFolder,
  checkAgainst,
  digestLog,
  type FoundCheckpoint,
  firstNotFinite,
  type LoadedCheckpoint,
  linkAtomically,
  NotFiniteError,
  readCheckpoint,
  readManifest,
  saveCheckpoint,
} from '@wsss/train';
import type { StateDict } from '@wsss/weights';
import type { EvaluationSummary } from '../evaluation/summary.js';
import { createNetwork } from '../network/create.js';
import { leastNetworkValues } from '../network/network-values.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { checkRecipe, overlay } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/registry.js';
import { type CheckpointInfo, parseInfo } from './checkpoint-info.js';
import { runFiles } from './folder.js';

const FORMAT = 'wsss-mcc-3';
/** What a run carries with it beside its network, so that it goes on as if it had never stopped. */
export type Carried = Record<'optimizer' | 'slowTeacher' | 'thresholds', StateDict>;

/** What the names of its tensors begin with. */
const prefixes: Record<keyof Carried, string> = { optimizer: 'optimizer.', slowTeacher: 'slow_teacher.', thresholds: 'thresholds.' };

/** The checkpoints of a run's folder. */
export function runCheckpoints(out: string, keep?: number): CheckpointFolder {
  return new CheckpointFolder(runFiles(out).checkpoints, { keep });
}

/** Saves network (its teacher too) and what a run carries with it as one safetensors file, under the names of the reference program. */
export async function saveTraining(
  file: string,
  network: SegmentationNetwork,
  carried: Partial<Carried>,
  info: CheckpointInfo,
): Promise<void> {
  await saveCheckpoint(file, await checkpointOf(network, carried, info));
}

/**
 * Saves into a run's folder everything that the run needs to go on as if it had never stopped, with a manifest, and drops old checkpoints.
 * `checkpoint.safetensors` becomes another name of the file.
 *
 * @throws NotFiniteError if a value is NaN or infinite: such a checkpoint would be worse than none. @throws Error if it cannot be written.
 */
export async function saveRun(out: string, network: SegmentationNetwork, carried: Carried, info: CheckpointInfo): Promise<void> {
  const checkpoint = await checkpointOf(network, carried, { ...info, logged: await digestLog(out) });
  requireFinite(checkpoint.tensors, info.iteration);
  const file = await runCheckpoints(out, info.recipe.log.keepCheckpoints).save(info.iteration, checkpoint);
  await linkAtomically(file, runFiles(out).checkpoint);
}

async function checkpointOf(network: SegmentationNetwork, carried: Partial<Carried>, info: CheckpointInfo): Promise<Checkpoint> {
  const tensors: StateDict = new Map(await network.toStateDict());
  for (const [owner, state] of Object.entries(carried))
    for (const [name, tensor] of state) tensors.set(prefixes[owner as keyof Carried] + name, tensor);
  return { tensors, metadata: { format: FORMAT, info: JSON.stringify(info) } };
}

/** Adds its evaluation to a saved checkpoint. The one with the highest mIoU is also called `best.safetensors`. */
export async function noteEvaluation(out: string, iteration: number, evaluation: EvaluationSummary, keep: number): Promise<void> {
  const checkpoints = runCheckpoints(out, keep);
  const { miou } = evaluation.segmentation;
  const isBest = await checkpoints.annotate(iteration, { score: Number.isFinite(miou) ? miou : undefined, notes: { evaluation } });
  const { checkpoint, best } = runFiles(out);
  if (isBest) await linkAtomically(checkpoint, best);
}

export interface LoadedTraining {
  network: SegmentationNetwork;
  /** Foreground class names. */
  classes: string[];
  recipe: Recipe;
  info: CheckpointInfo;
  /** The file that was read, and its SHA-256. */
  file: string;
  hash: string;
  /** The folder where it was asked for: results about it belong there. */
  folder: string;
  /** What the run carried with it, as far as it was saved. */
  carried: Carried;
  /** What the run's own evaluation found, if there was one after exactly these iterations. */
  evaluation?: EvaluationSummary;
  /** Newer checkpoints that are damaged, and how. */
  refused: { file: string; reason: string }[];
}

/**
 * Loads what {@link saveTraining} or {@link saveRun} wrote: a file, which is checked against its manifest where there is one, or the newest
 * whole checkpoint of a run's folder.
 *
 * @throws Error when the file is missing, damaged, or not a checkpoint of this program, or nothing in the folder can be read.
 */
export async function loadTraining(path: string): Promise<LoadedTraining> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const { checkpoint, refused } = isFolder ? await newestOf(path) : { checkpoint: await verified(path), refused: [] };
  const { file, tensors, metadata, sha256 } = checkpoint;
  if (metadata.format !== FORMAT)
    throw new Error(
      `${file} is not a checkpoint of mcc train (format ${JSON.stringify(metadata.format ?? 'none')}, expected ${FORMAT}); ` +
        'give a checkpoint.safetensors from a run folder, or the folder',
    );
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
    if (checkpoint.problem) throw new Error(checkpoint.problem); // what does not fit together says more
  } catch (error) {
    network.dispose();
    throw error;
  }
  const noted = checkpoint.manifest?.notes.evaluation;
  const evaluation: EvaluationSummary | undefined = noted && JSON.parse(JSON.stringify(noted), (_, value) => value ?? Number.NaN);
  const folder = isFolder ? path : dirname(path);
  return {
    network,
    classes: saved.classes,
    recipe,
    info: { ...saved, dataset, recipe },
    file,
    folder,
    hash: sha256,
    carried,
    evaluation,
    refused,
  };
}

type Source = LoadedCheckpoint & { file: string; problem?: string; manifest?: FoundCheckpoint['manifest'] };

/** One file. Its manifest lies beside it, or, for the names in the run's folder, among the checkpoints. */
async function verified(file: string): Promise<Source> {
  const loaded = await readCheckpoint(file);
  const iteration = loaded.metadata.format === FORMAT ? parseInfo(loaded.metadata.info ?? '', file).iteration : 0;
  const name = `iteration-${String(iteration).padStart(8, '0')}.json`;
  for (const manifestFile of [file.replace(/\.safetensors$/, '.json'), join(file, '..', 'checkpoints', name)]) {
    const manifest = await readManifest(manifestFile).catch(() => undefined);
    if (!manifest) continue;
    checkAgainst(manifest, loaded, file);
    return { ...loaded, file, manifest };
  }
  return { ...loaded, file };
}

async function newestOf(out: string): Promise<{ checkpoint: Source; refused: LoadedTraining['refused'] }> {
  const { found, refused } = await runCheckpoints(out).newest();
  if (found) return { checkpoint: found, refused };
  if (refused.length)
    throw new Error(
      `no checkpoint in ${out} can be read: ${refused.map(({ reason }) => reason).join(' ')} Restore one, or start a new run.`,
    );
  return { checkpoint: await verified(runFiles(out).checkpoint), refused }; // a copy of the file alone
}

function requireFinite(tensors: StateDict, iteration: number): void {
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
