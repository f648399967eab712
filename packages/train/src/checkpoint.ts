import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseSafetensors, type StateDict, serializeSafetensors } from '@wsss/weights';
import { writeAtomically } from './atomic-write.js';

/** What a run needs to go on: parameters, optimizer slots, and words about them. */
export interface Checkpoint {
  /** Arrays by name, for example the model's and the optimizer's state side by side. */
  tensors: StateDict;
  /** Free-form strings: iteration, settings as JSON, scores, … */
  metadata: Record<string, string>;
}

/** A checkpoint as it was read, with what names exactly which one it is. */
export interface LoadedCheckpoint extends Checkpoint {
  /** SHA-256 of the file, 64 hexadecimal digits. */
  sha256: string;
}

/**
 * Saves a checkpoint as one safetensors file, atomically: a run that is stopped while saving keeps its previous checkpoint.
 *
 * @param file path, usually ending in `.safetensors`; missing folders are made.
 * @returns size and SHA-256 of what was written.
 * @throws Error if a tensor's shape and number of values differ or the file cannot be written; an earlier file is unchanged then.
 *
 * @example
 * const tensors = new Map([...(await parameters.toStateDict()), ...(await optimizer.state())]);
 * await saveCheckpoint('runs/voc/last.safetensors', { tensors, metadata: { iteration: '2000' } });
 */
export async function saveCheckpoint(file: string, { tensors, metadata }: Checkpoint): Promise<{ bytes: number; sha256: string }> {
  const data = serializeSafetensors(tensors, { metadata });
  await writeAtomically(file, data);
  return { bytes: data.length, sha256: hashOf(data) };
}

/**
 * Loads what {@link saveCheckpoint} wrote, or any other safetensors file.
 *
 * @throws Error naming the file if it is missing, truncated or not a safetensors file.
 */
export async function loadCheckpoint(file: string): Promise<LoadedCheckpoint> {
  const bytes = await readWhole(file);
  return { ...parseSafetensors(bytes, file), sha256: hashOf(bytes) };
}

/**
 * SHA-256 of a file as 64 hexadecimal digits: names exactly which weights a result belongs to.
 *
 * @throws Error naming the file if it cannot be read.
 */
export async function checkpointHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash).catch(error => unreadable(file, error));
  return hash.digest('hex');
}

function hashOf(bytes: Uint8Array): string {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += 2 ** 30) hash.update(bytes.subarray(at, at + 2 ** 30)); // one call takes less than 2 GiB
  return hash.digest('hex');
}

/** fs.readFile ends at 2 GiB, which a large model with its optimizer's slots exceeds. */
async function readWhole(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r').catch(error => unreadable(file, error));
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size);
    let read = 0;
    while (read < size) {
      const { bytesRead } = await handle.read(bytes, read, Math.min(size - read, 2 ** 26), read);
      if (bytesRead === 0) throw new Error(`it ended after ${read} of ${size} bytes`);
      read += bytesRead;
    }
    return bytes;
  } catch (error) {
    return unreadable(file, error);
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
  throw new Error(`checkpoint ${file} could not be read: ${reason}.`, { cause: error });
}
