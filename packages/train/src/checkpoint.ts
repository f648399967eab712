import { createHash } from 'node:crypto';
import { reasonOf, writeAtomically } from '@wsss/files';
import { readWholeFile } from '@wsss/numpy';
import { parseSafetensors, serializeSafetensors, type WeightsContent } from '@wsss/weights';

/** What a run needs to go on: arrays of the model and the optimizer side by side, and free-form strings: iteration, settings as JSON, … */
export type Checkpoint = Pick<WeightsContent, 'tensors' | 'metadata'>;

/** A checkpoint as it was read, with the SHA-256 of the file, 64 hexadecimal digits. */
export type LoadedCheckpoint = Checkpoint & { sha256: string };

/** Where a checkpoint's metadata keeps the digest of all the rest. */
const DIGEST = 'digest';

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
export async function saveCheckpoint(file: string, { tensors, metadata }: Checkpoint): Promise<{ bytes: number; sha256: string }> {
  const data = serializeSafetensors(tensors, { metadata: { ...metadata, [DIGEST]: digestOf({ tensors, metadata }) } });
  await writeAtomically(file, data);
  return { bytes: data.length, sha256: hashOf(data) };
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
  const content = parseSafetensors(bytes, file);
  const { [DIGEST]: digest, ...metadata } = content.metadata;
  const isChanged = digest !== undefined && digest !== digestOf({ tensors: content.tensors, metadata });
  const broken = firstNotFinite(content.tensors);
  const problem = isChanged
    ? `checkpoint ${file} is damaged: its content is not what its digest says. Take another copy, or an earlier checkpoint.`
    : broken !== undefined && `checkpoint ${file} is of no use: ${broken} holds a NaN or an infinity. Take an earlier checkpoint.`;
  return { ...content, metadata, sha256: hashOf(bytes), ...(problem && { problem }) };
}

/** The name of a tensor that holds a NaN or an infinity, if there is one. */
export function firstNotFinite(tensors: Checkpoint['tensors']): string | undefined {
  for (const [name, { data }] of tensors) if (data instanceof Float32Array && !allFinite(data)) return name;
  return undefined;
}

/** The sum is NaN or infinite if a value is; that it may be so by itself, of huge values, is looked at more closely. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return Number.isFinite(sum) || values.every(Number.isFinite);
}

/** SHA-256 of names, shapes, types and values of all tensors, and of the metadata, whatever their order in the file. */
function digestOf({ tensors, metadata }: Checkpoint): string {
  const hash = createHash('sha256');
  const byName = <T>(entries: Iterable<[string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  hash.update(JSON.stringify(byName(Object.entries(metadata))));
  for (const [name, { shape, data }] of byName(tensors)) {
    hash.update(JSON.stringify([name, shape, data.constructor.name]));
    updateInParts(hash, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

function hashOf(bytes: Uint8Array): string {
  const hash = createHash('sha256');
  updateInParts(hash, bytes);
  return hash.digest('hex');
}

/** One call takes less than 2 GiB. */
function updateInParts(hash: ReturnType<typeof createHash>, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += 2 ** 30) hash.update(bytes.subarray(at, at + 2 ** 30));
}
