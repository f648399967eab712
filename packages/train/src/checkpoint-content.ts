import { parseSafetensors, serializeSafetensors, type WeightsContent } from '@wsss/weights';
import { sha256 } from './sha256.js';

/** What a run needs to go on: arrays of the model and the optimizer, and free-form strings: iteration, settings as JSON, … */
export type Checkpoint = Pick<WeightsContent, 'tensors' | 'metadata'>;

/** A checkpoint as it was read, with the SHA-256 of the file, 64 hexadecimal digits. */
export type LoadedCheckpoint = Checkpoint & { sha256: string };

/** Where a checkpoint's metadata keeps the digest of all the rest. */
const DIGEST = 'digest';

/**
 * A checkpoint as the bytes of a safetensors file. Its metadata get a `digest` of its content, by which a copy can be checked.
 *
 * @param options.float `F16`: values in half precision, for models that are handed out; the digest is of what is read back.
 * @throws Error if a tensor's shape and number of values differ.
 */
export async function serializeCheckpoint(
  { tensors, metadata }: Checkpoint,
  { float = 'F32' }: { float?: 'F32' | 'F16' } = {},
): Promise<Uint8Array> {
  const stored = float === 'F32' ? tensors : parseSafetensors(serializeSafetensors(tensors, { float })).tensors;
  return serializeSafetensors(tensors, { metadata: { ...metadata, [DIGEST]: await digestOf({ tensors: stored, metadata }) }, float });
}

/**
 * Reads what {@link serializeCheckpoint} wrote, or any safetensors file.
 *
 * @param file what errors call it, usually its path.
 * @returns with `problem` what is wrong with it: its content is not what its digest says, or not finite.
 * @throws FileFormatError if it is no whole safetensors file.
 */
export async function parseCheckpoint(bytes: Uint8Array, file: string): Promise<LoadedCheckpoint & { problem?: string }> {
  const content = parseSafetensors(bytes, file);
  const { [DIGEST]: digest, ...metadata } = content.metadata;
  const isChanged = digest !== undefined && digest !== (await digestOf({ tensors: content.tensors, metadata }));
  const broken = firstNotFinite(content.tensors);
  const problem = isChanged
    ? `checkpoint ${file} is damaged: its content is not what its digest says. Take another copy, or an earlier checkpoint.`
    : broken !== undefined && `checkpoint ${file} is of no use: ${broken} holds a NaN or an infinity. Take an earlier checkpoint.`;
  return { ...content, metadata, sha256: await sha256([bytes]), ...(problem && { problem }) };
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
function digestOf({ tensors, metadata }: Checkpoint): Promise<string> {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const byName = <T>(entries: Iterable<[string, T]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = byName(tensors).flatMap(([name, { shape, data }]) => [
    text([name, shape, data.constructor.name]),
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
  return sha256([text(byName(Object.entries(metadata))), ...parts]);
}
