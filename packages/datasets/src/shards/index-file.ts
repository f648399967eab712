import { join } from 'node:path';
import { parseJson, readFile } from '@wsss/files';

/** `shards.json` beside the shards: what is in them and where, so that a record can be read without looking through its shard. */
export interface ShardIndex {
  format: 'wsss shards 1';
  name: string;
  split: string;
  classes: string[];
  shards: { file: string; bytes: number; records: PackedRecord[] }[];
}

export interface PackedRecord {
  id: string;
  /** Classes in the picture, by index. */
  labels: number[];
  /** First byte in the shard, and how many. */
  image: [offset: number, length: number];
  mask?: [offset: number, length: number];
}

export const indexFile = 'shards.json';

/** @throws Error naming the file if it is missing or not of this form */
export async function readShardIndex(folder: string): Promise<ShardIndex> {
  const path = join(folder, indexFile);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`${path} not found; expected a folder that "mcc data pack" has written`);
  });
  let found: unknown;
  try {
    found = parseJson(text, 'it');
  } catch (error) {
    throw new Error(`${path} is damaged: ${(error as Error).message}`, { cause: error });
  }
  if (!isShardIndex(found)) throw new Error(`${path} is damaged, or of another form than "mcc data pack" writes`);
  return found;
}

function isShardIndex(found: unknown): found is ShardIndex {
  const { format, name, split, classes, shards } = asObject(found);
  return (
    format === 'wsss shards 1' &&
    [name, split].every(isText) &&
    isList(classes, 254) &&
    classes.every(isText) &&
    isList(shards, 1e6) &&
    shards.every(shard => isShard(asObject(shard), classes.length))
  );
}

function isShard({ file, bytes, records }: Record<string, unknown>, classes: number): boolean {
  const isPlace = (place: unknown) =>
    isList(place, 2) && place.length === 2 && place.every(isCount) && (place[0] as number) + (place[1] as number) <= (bytes as number);
  const isRecord = ({ id, labels, image, mask }: Record<string, unknown>) =>
    isText(id) &&
    isList(labels, classes) &&
    labels.every(label => isCount(label) && (label as number) < classes) &&
    isPlace(image) &&
    (mask === undefined || isPlace(mask));
  const isFile = isText(file) && /^[\w-]+\.[\w.-]+$/.test(file as string);
  return isFile && isCount(bytes) && isList(records, 1e8) && records.every(record => isRecord(asObject(record)));
}

const isText = (value: unknown) => typeof value === 'string';
const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
const isList = (value: unknown, most: number): value is unknown[] => Array.isArray(value) && value.length <= most;
const asObject = (value: unknown) => (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
