import { refusal } from '@wsss/numpy';
import { keepTensor, noContent, type WeightsFile } from './weights-content.js';

const ADVICE = 'Fetch it again, with all its files.';
const SIZE_LIMIT = 32 * 2 ** 20;
const SHARD_LIMIT = 10_000;

/** The files that hold a model's tensors, by the names of the tensors in each. */
export type Shards = Map<string, string[]>;

/**
 * The index of weights that Hugging Face's libraries divide over several files, such as `model.safetensors.index.json` or
 * `pytorch_model.bin.index.json`: `{"weight_map": {"norm.weight": "model-00002-of-00002.safetensors", …}}`.
 *
 * @returns nothing where a file is no JSON object with a `weight_map`.
 * @throws FileFormatError when its map is none of names to files beside it.
 */
export function shardsOf(bytes: Uint8Array, source: string): Shards | undefined {
  const start = bytes.subarray(0, 64).find(byte => !' \t\r\n'.includes(String.fromCharCode(byte)));
  if (start !== 0x7b || bytes[8] === undefined || bytes.length > SIZE_LIMIT) return undefined;
  let index: { weight_map?: unknown } | null;
  try {
    index = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  const map = index?.weight_map;
  if (map === undefined) return undefined;
  const refuse = refusal(source, 'index of weights', ADVICE);
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return refuse('its weight_map is no object');
  const shards: Shards = new Map();
  for (const [name, file] of Object.entries(map)) {
    const isPlain = typeof file === 'string' && /^[^/\\]+\.(safetensors|bin|pth|pt)$/.test(file);
    if (!isPlain)
      refuse(`its weight_map says that ${name.slice(0, 100)} is in ${JSON.stringify(file)?.slice(0, 100)}, which is no file beside it`);
    shards.set(file, [...(shards.get(file) ?? []), name]);
  }
  if (shards.size > SHARD_LIMIT) refuse(`it names ${shards.size} files`);
  return shards;
}

/** Reads the files of an index and joins what they hold. @throws FileFormatError when one lacks a tensor that the index says it has. */
export async function joinShards(shards: Shards, read: (file: string) => Promise<WeightsFile>, source: string): Promise<WeightsFile> {
  const refuse = refusal(source, 'index of weights', ADVICE);
  const joined: WeightsFile = { format: 'safetensors', bytes: 0, ...noContent() };
  for (const [file, names] of shards) {
    const { format, bytes, tensors, integers, metadata, types, opaque } = await read(file);
    joined.format = format;
    joined.bytes += bytes;
    Object.assign(joined.metadata, metadata);
    for (const name of names) {
      const tensor = tensors.get(name) ?? integers.get(name);
      const what = opaque.get(name);
      if (tensor) keepTensor(joined, name, tensor, types.get(name));
      else joined.opaque.set(name, what ?? refuse(`${name} is not in ${file}, where it should be`));
    }
  }
  return joined;
}

/**
 * Which of several files one is, by its name: `model-00001-of-00002.safetensors` is the first of 2, whose index is
 * `model.safetensors.index.json`. Nothing for other names.
 */
export function shardNumber(file: string): { number: number; count: number; index: string } | undefined {
  const [, start, number, count, ending] = /^(.*)-(\d{5})-of-(\d{5})(\.[a-z]+)$/.exec(file) ?? [];
  return start === undefined ? undefined : { number: Number(number), count: Number(count), index: `${start}${ending}.index.json` };
}
