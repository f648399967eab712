import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFile } from '@wsss/files';
import { recordOf, type SegmentationDataset } from '../dataset.js';
import { decodeLabelPng } from '../images/read-label-png.js';
import { decodePicture } from '../images/read-picture.js';
import { named } from '../read-file.js';
import { readShardIndex } from './index-file.js';

/**
 * Opens packed data. Its records lie together in groups, one a shard, so training reads a shard at a time, from its first byte to its last,
 * and keeps three in memory; where it takes batches from several in turn (`streams` of `trainingBatches`), two for each and one more.
 *
 * @param options.root folder that {@link packShards} has made
 * @param options.part for training in several processes: every `count`-th shard from the `index`-th on; default all
 * @throws Error if the index is missing or damaged, a shard is missing or of another size than the index says, or a part has no shard
 * @example
 * const dataset = await openShards({ root: 'packed/train_aug', part: { index: rank, count: ranks } });
 */
export async function openShards(options: { root: string; part?: { index: number; count: number } }): Promise<SegmentationDataset> {
  const { root, part = { index: 0, count: 1 } } = options;
  const index = await readShardIndex(root);
  const shards = index.shards.filter((_, i) => i % part.count === part.index);
  if (!shards.length) throw new Error(`${root} has ${index.shards.length} shards, too few for part ${part.index} of ${part.count}`);
  for (const { file, bytes } of shards) {
    const found = await stat(join(root, file)).catch(() => undefined);
    if (found?.size !== bytes)
      throw new Error(
        `${join(root, file)} ${found ? `has ${found.size} bytes` : 'not found'}; ${bytes} bytes are expected (copied in part?)`,
      );
  }
  const records = shards.flatMap(({ records }, shard) => records.map(record => ({ ...record, shard })));
  const groups: number[] = [];
  for (let i = 0, first = 0; i < shards.length; first += shards[i++]!.records.length) groups.push(first);
  const name = `${index.name} ${index.split}`;
  const record = (i: number) => recordOf(name, records, i);

  let mostKept = 3;
  const kept = new Map<number, Promise<Uint8Array>>();
  function shardBytes(shard: number): Promise<Uint8Array> {
    const bytes = kept.get(shard) ?? readFile(join(root, shards[shard]!.file));
    kept.delete(shard);
    kept.set(shard, bytes); // the one used last is the last to go
    bytes.catch(() => kept.delete(shard));
    for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
    return bytes;
  }
  const slice = async (i: number, [offset, length]: [number, number]) =>
    (await shardBytes(record(i).shard)).subarray(offset, offset + length);
  const place = (i: number) => `${record(i).id} in ${join(root, shards[record(i).shard]!.file)}`;
  return {
    name: index.name,
    split: index.split,
    classes: index.classes,
    length: records.length,
    groups,
    keepGroups: count => {
      // Each with its successor, which is read ahead, and one that an epoch's end still needs.
      mostKept = Math.max(mostKept, 2 * count + 1);
    },
    id: i => record(i).id,
    labels: async i => Float32Array.from(index.classes, (_, k) => (record(i).labels.includes(k) ? 1 : 0)),
    image: async i => decodePicture(await slice(i, record(i).image), place(i)),
    ...(records.every(({ mask }) => mask) && {
      mask: async (i: number) => named(`cannot read the mask of ${place(i)}`, async () => decodeLabelPng(await slice(i, record(i).mask!))),
    }),
  };
}
