import { createHash } from 'node:crypto';
import { writeAtomically } from '@wsss/files';
import { readWholeFile } from '@wsss/numpy';
import { parseSafetensors, serializeSafetensors, type WeightsContent } from '@wsss/weights';

/** What a run needs to go on: arrays of the model and the optimizer side by side, and free-form strings: iteration, settings as JSON, … */
export type Checkpoint = Pick<WeightsContent, 'tensors' | 'metadata'>;

/** A checkpoint as it was read, with the SHA-256 of the file, 64 hexadecimal digits. */
export type LoadedCheckpoint = Checkpoint & { sha256: string };

/**
 * Saves a checkpoint as one safetensors file, atomically: a run that is stopped while saving keeps its previous checkpoint.
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
export async function saveCheckpoint(file: string, { tensors, metadata }: Checkpoint): Promise<{ bytes: number; sha256: string }> {
  const data = serializeSafetensors(tensors, { metadata });
  await writeAtomically(file, data);
  return { bytes: data.length, sha256: hashOf(data) };
}

/** Loads what {@link saveCheckpoint} wrote, or any safetensors file. @throws Error naming the file if it is missing or cannot be read. */
export async function loadCheckpoint(file: string): Promise<LoadedCheckpoint> {
  const bytes = await readWholeFile(file).catch(error => {
    throw new Error(`checkpoint ${file} could not be read: ${error.message}.`, { cause: error });
  });
  return { ...parseSafetensors(bytes, file), sha256: hashOf(bytes) };
}

function hashOf(bytes: Uint8Array): string {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += 2 ** 30) hash.update(bytes.subarray(at, at + 2 ** 30)); // one call takes less than 2 GiB
  return hash.digest('hex');
}
