import { existsSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { makeFolder, parseJson, readFile, reasonOf, resultNames, systemCode } from '@wsss/files';
import type { SegmentationDataset } from '../dataset.js';
import { encodePalettePng } from '../images/write-palette-png.js';
import { createRandom } from '../random.js';
import { indexFile, type PackedRecord, type ShardIndex } from './index-file.js';
import { tarEnd, tarEntry } from './tar.js';

export interface PackOptions {
  /** Folder that is made; must not exist. */
  out: string;
  /** Of a shard, about. Default 64 MB. */
  bytes?: number;
  /** Records are shuffled before they are packed, so that a shard is like any other. Default 0. */
  seed?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Packs a dataset of files into tar archives in the layout of WebDataset: for each record `KEY.jpg` (the image's file as it is),
 * `KEY.seg.png` (its mask, where there is one) and `KEY.json` (its name and classes), one after another. Beside them `shards.json` says
 * what is where.
 *
 * @returns the number of shards; undefined if it was interrupted, and then nothing is left
 * @throws Error if the folder exists, the dataset is not one of files, or a file cannot be read; then nothing is left
 */
export async function packShards(dataset: SegmentationDataset, options: PackOptions): Promise<number | undefined> {
  const { out, bytes: most = 64 * 2 ** 20, seed = 0, onProgress, signal } = options;
  if (existsSync(out)) throw new Error(`${out} exists already; choose another folder`);
  if (!dataset.files) throw new Error(`${dataset.name} has no files to pack`);
  const { name, split, classes } = dataset;
  const keys = resultNames(
    Array.from({ length: dataset.length }, (_, record) => dataset.id(record)),
    id => id.replace(/\.[^./]*$/, '').replaceAll('.', '_'), // a key ends at its first dot
  );
  const unfinished = `${out}.unfinished`;
  await beginUnfinished(unfinished);
  const index: ShardIndex = { format: 'wsss shards 1', name, split, classes: [...classes], shards: [] };
  let shard: { handle: Awaited<ReturnType<typeof open>>; bytes: number; records: PackedRecord[]; file: string } | undefined;
  const close = async () => {
    if (!shard) return;
    const { handle, file, bytes, records } = shard;
    await handle.write(tarEnd);
    await handle.sync();
    await handle.close();
    index.shards.push({ file, bytes: bytes + tarEnd.length, records });
    shard = undefined;
  };
  const add = async (name: string, content: Uint8Array): Promise<[number, number]> => {
    const entry = tarEntry(name, content);
    const offset = shard!.bytes + 512;
    await shard!.handle.write(entry);
    shard!.bytes += entry.length;
    return [offset, content.length];
  };
  try {
    let done = 0;
    for (const record of createRandom(seed, 'shards').permutation(dataset.length)) {
      if (signal?.aborted) break;
      if (shard && shard.bytes >= most) await close();
      const file = `${String(index.shards.length).padStart(6, '0')}.tar`;
      shard ??= { handle: await open(join(unfinished, file), 'wx'), bytes: 0, records: [], file };
      const id = dataset.id(record);
      const key = keys[record]!;
      const { image } = dataset.files(record);
      const found = dataset.mask || split !== 'test' ? await dataset.labels(record) : [];
      const labels = classes.flatMap((_, k) => (found[k] ? [k] : []));
      const packed: PackedRecord = { id, labels, image: await add(key + endingOf(image), await readFile(image)) };
      if (dataset.mask) packed.mask = await add(`${key}.seg.png`, encodePalettePng(await dataset.mask(record)));
      await add(`${key}.json`, Buffer.from(JSON.stringify({ id, classes: labels.map(k => classes[k]) })));
      shard.records.push(packed);
      onProgress?.(++done, dataset.length);
    }
    await close();
    if (signal?.aborted) return undefined;
    await writeFile(join(unfinished, indexFile), JSON.stringify(index));
    await rm(join(unfinished, marker));
    await rename(unfinished, out);
    return index.shards.length;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw new Error(`${out} could not be packed: ${reasonOf(error)}. Nothing is left of it`, { cause: error });
  } finally {
    await (shard as typeof shard | undefined)?.handle.close();
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Says of an unfinished folder that it is one. */
const marker = 'unfinished.json';
const marked = { format: 'wsss shards 1', unfinished: true };

/** Makes the folder of a job that is not finished; what a job that was killed left there goes. @throws Error if it is somebody else's. */
async function beginUnfinished(folder: string): Promise<void> {
  if (existsSync(folder)) {
    const text = await readFile(join(folder, marker), 'utf8').catch(() => '{}');
    if (JSON.stringify(parseJson(text, join(folder, marker))) !== JSON.stringify(marked))
      throw new Error(`${folder} is there and was not made by this program; move it away, or choose another folder`);
    await rm(folder, { recursive: true, force: true });
  }
  makeFolder(folder);
  await writeFile(join(folder, marker), JSON.stringify(marked));
}

/** The ending of an image's file, of letters and digits alone. */
const endingOf = (image: string) => /^\.[a-z0-9]{1,5}$/.exec(extname(image).toLowerCase())?.[0] ?? '.img';
