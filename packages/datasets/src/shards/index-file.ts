import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
  let index: ShardIndex | undefined;
  try {
    index = JSON.parse(text) as ShardIndex;
  } catch {
    // said below
  }
  const isPlace = (place: unknown, bytes: number) => {
    if (!Array.isArray(place) || place.length !== 2 || !place.every(value => Number.isSafeInteger(value) && value >= 0)) return false;
    return (place[0] as number) + (place[1] as number) <= bytes;
  };
  const valid =
    index?.format === 'wsss shards 1' &&
    Array.isArray(index.classes) &&
    index.shards?.every(({ file, bytes, records }) => {
      const areRecords = records.every(
        ({ id, labels, image, mask }) =>
          typeof id === 'string' &&
          labels.every(label => Number.isInteger(label) && label >= 0 && label < index.classes.length) &&
          isPlace(image, bytes) &&
          (mask === undefined || isPlace(mask, bytes)),
      );
      return /^[\w.-]+$/.test(file) && areRecords;
    });
  if (!index || !valid) throw new Error(`${path} is damaged, or of another form than "mcc data pack" writes`);
  return index;
}
