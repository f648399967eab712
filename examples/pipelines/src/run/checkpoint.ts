import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  CheckpointFolder,
  checkAgainst,
  digestLog,
  type FoundCheckpoint,
  type LoadedCheckpoint,
  linkAtomically,
  readCheckpoint,
  readManifest,
  saveCheckpoint,
} from '@wsss/train';
import type { EvaluationSummary } from '../evaluation/summary.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { type Carried, checkpointOf, isTraining, requireFinite, type TrainingContent, trainingOf } from './checkpoint-content.js';
import { type CheckpointInfo, parseInfo } from './checkpoint-info.js';
import { runFiles } from './folder.js';

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
  requireFinite(checkpoint, info.iteration);
  const file = await runCheckpoints(out, info.recipe.log.keepCheckpoints).save(info.iteration, checkpoint);
  await linkAtomically(file, runFiles(out).checkpoint);
}

/** Adds its evaluation to a saved checkpoint. The one with the highest mIoU is also called `best.safetensors`. */
export async function noteEvaluation(out: string, iteration: number, evaluation: EvaluationSummary, keep: number): Promise<void> {
  const checkpoints = runCheckpoints(out, keep);
  const { miou } = evaluation.segmentation;
  const isBest = await checkpoints.annotate(iteration, { score: Number.isFinite(miou) ? miou : undefined, notes: { evaluation } });
  const { checkpoint, best } = runFiles(out);
  if (isBest) await linkAtomically(checkpoint, best);
}

/** A training that was saved, and where. */
export interface LoadedTraining extends TrainingContent {
  /** The file that was read, and its SHA-256. */
  file: string;
  hash: string;
  /** The folder where it was asked for: results about it belong there. */
  folder: string;
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
  const { file, sha256 } = checkpoint;
  const content = trainingOf(checkpoint, file);
  const noted = checkpoint.manifest?.notes.evaluation;
  const evaluation: EvaluationSummary | undefined = noted && JSON.parse(JSON.stringify(noted), (_, value) => value ?? Number.NaN);
  const folder = isFolder ? path : dirname(path);
  return { ...content, file, folder, hash: sha256, evaluation, refused };
}

type Source = LoadedCheckpoint & { file: string; problem?: string; manifest?: FoundCheckpoint['manifest'] };

/** One file. Its manifest lies beside it, or, for the names in the run's folder, among the checkpoints. */
async function verified(file: string): Promise<Source> {
  const loaded = await readCheckpoint(file);
  const iteration = isTraining(loaded) ? parseInfo(loaded.metadata.info ?? '', file).iteration : 0;
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
