import { reasonOf, writeAtomically } from '@wsss/files';
import { readWholeFile } from '@wsss/numpy';
import { type Checkpoint, type LoadedCheckpoint, parseCheckpoint, serializeCheckpoint } from './checkpoint-content.js';
import { sha256 } from './sha256.js';

/**
 * Saves a checkpoint as one safetensors file, atomically: a run that is stopped while saving keeps its previous checkpoint. Its metadata
 * get a `digest` of its content, by which a copy without a manifest can be checked.
 *
 * @param file path, usually ending in `.safetensors`; missing folders are made.
 * @returns size and SHA-256 of what was written.
 * @throws Error if a tensor's shape and number of values differ or the file cannot be written; an earlier file is unchanged then.
 *
 * @example
 * const tensors = await parameters.toStateDict();
 * for (const [name, tensor] of await optimizer.state()) tensors.set(name, tensor);
 * await saveCheckpoint('runs/voc/last.safetensors', { tensors, metadata: { iteration: '2000' } });
 */
export async function saveCheckpoint(file: string, checkpoint: Checkpoint): Promise<{ bytes: number; sha256: string }> {
  const data = await serializeCheckpoint(checkpoint);
  await writeAtomically(file, data);
  return { bytes: data.length, sha256: await sha256([data]) };
}

/**
 * Loads what {@link saveCheckpoint} wrote, or any safetensors file whose numbers are all finite.
 *
 * @throws Error naming the file if it is missing or cannot be read, differs from the digest inside, or holds a NaN or an infinity; then
 *   also the tensor.
 */
export async function loadCheckpoint(file: string): Promise<LoadedCheckpoint> {
  const { problem, ...checkpoint } = await readCheckpoint(file);
  if (problem) throw new Error(problem);
  return checkpoint;
}

/**
 * Reads a checkpoint as {@link loadCheckpoint} does, for those who can say better than its digest what is wrong with it.
 *
 * @returns with `problem` what {@link loadCheckpoint} would throw: its content is not what its digest says, or not finite.
 * @throws Error naming the file if it is missing or cannot be read.
 */
export async function readCheckpoint(file: string): Promise<LoadedCheckpoint & { problem?: string }> {
  const bytes = await readWholeFile(file).catch(error => {
    throw new Error(`checkpoint ${file} could not be read: ${reasonOf(error)}.`, { cause: error });
  });
  return parseCheckpoint(bytes, file);
}
