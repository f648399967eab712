import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../test/build.js';
import { sampleOrder } from '../batches/sample-order.js';
import { trainingBatches } from '../batches/training-batches.js';
import type { SegmentationDataset } from '../dataset.js';
import { openFolder } from '../folder/folder.js';
import { encodePalettePng } from '../images/write-palette-png.js';
import { openShards } from './open-shards.js';
import { packShards } from './pack-shards.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-shards-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [root, out] = [join(folder, 'mine'), join(folder, 'packed')];
let dataset: SegmentationDataset;
beforeAll(async () => {
  for (let i = 0; i < 12; i++) {
    const [image, mask] = [
      join(root, 'train', i % 2 ? 'cat' : 'dog', `p.${i}.jpg`),
      join(root, 'train/masks', i % 2 ? 'cat' : 'dog', `p.${i}.png`),
    ];
    for (const path of [image, mask]) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      image,
      await sharp({ create: { width: 20, height: 16, channels: 3, background: { r: i * 20, g: 0, b: 0 } } })
        .jpeg()
        .toBuffer(),
    );
    writeFileSync(mask, encodePalettePng({ width: 20, height: 16, data: new Uint8Array(320).fill(1 + (i % 2)) }));
  }
  dataset = await openFolder({ root, split: 'train' });
  expect(await packShards(dataset, { out, bytes: 12_000 })).toBe(3);
});
const ids = (set: SegmentationDataset) => Array.from({ length: set.length }, (_, i) => set.id(i));

describe('packShards', () => {
  it('writes archives in the layout of WebDataset that tar reads', () => {
    expect(readdirSync(out)).toEqual(['000000.tar', '000001.tar', '000002.tar', 'shards.json']);
    const names = execFileSync('tar', ['-tf', join(out, '000000.tar')], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const key = names[0]!.slice(0, names[0]!.indexOf('.'));
    expect(names.slice(0, 3)).toEqual([`${key}.jpg`, `${key}.seg.png`, `${key}.json`]);
    expect(key).toMatch(/^(cat|dog)\/p_\d+$/); // no dot in a key
    const json = execFileSync('tar', ['-xOf', join(out, '000000.tar'), `${key}.json`], { encoding: 'utf8' });
    expect(JSON.parse(json)).toEqual({ id: `${key.replace('_', '.')}.jpg`, classes: [key.slice(0, 3)] });
    const jpeg = execFileSync('tar', ['-xOf', join(out, '000000.tar'), `${key}.jpg`]);
    expect(jpeg).toEqual(readFileSync(join(root, 'train', `${key.replace('_', '.')}.jpg`)));
  });

  it('refuses to overwrite, and leaves nothing when it fails or is stopped', async () => {
    await expect(packShards(dataset, { out })).rejects.toThrow('packed exists already');
    const broken = { ...dataset, mask: async () => Promise.reject(new Error('no such mask')) };
    await expect(packShards(broken, { out: join(folder, 'other') })).rejects.toThrow('no such mask');
    expect(await packShards(dataset, { out: join(folder, 'other'), signal: AbortSignal.abort() })).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(['mine', 'packed']);
    await expect(packShards({ ...dataset, files: undefined }, { out: join(folder, 'other') })).rejects.toThrow('has no files to pack');
  });
});

describe('openShards', () => {
  it('gives the records that were packed', async () => {
    const packed = await openShards({ root: out });
    expect([packed.name, packed.split, packed.classes, packed.length]).toEqual(['folder', 'train', ['cat', 'dog'], 12]);
    expect(ids(packed).sort()).toEqual(ids(dataset).sort());
    for (let i = 0; i < 12; i++) {
      const other = ids(dataset).indexOf(packed.id(i));
      expect(await packed.image(i)).toEqual(await dataset.image(other));
      expect(await packed.mask!(i)).toEqual(await dataset.mask!(other));
      expect(await packed.labels(i)).toEqual(await dataset.labels(other));
    }
  });

  it('is trained on shard by shard, and resumes', async () => {
    const packed = await openShards({ root: out });
    const groupOf = (record: number) => packed.groups!.findLastIndex(first => first <= record);
    const recordAt = sampleOrder(12, 5, packed.groups);
    const epochs = [0, 1].map(epoch => Array.from({ length: 12 }, (_, i) => recordAt(epoch * 12 + i)));
    for (const epoch of epochs) {
      expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
      expect(epoch.filter((record, i) => i > 0 && groupOf(record) !== groupOf(epoch[i - 1]!))).toHaveLength(2);
    }
    const read = async (start: number) => {
      const seen: string[] = [];
      for await (const batch of trainingBatches({ dataset: packed, batchSize: 2, crop: 16, seed: 5, start, count: 8 - start, workers: 0 }))
        seen.push(...batch.ids);
      return seen;
    };
    const all = await read(0);
    expect(all).toEqual([...epochs[0]!, ...epochs[1]!.slice(0, 4)].map(record => packed.id(record)));
    expect(await read(5)).toEqual(all.slice(10));
  });

  it('gives processes that train together shards of their own, and all what one process gets', async () => {
    const read = async (shard: { index: number; count: number }, count: number) => {
      const packed = await openShards({ root: out });
      const found: { ids: string[]; shards: number[] }[] = [];
      const shardOf = (id: string) => packed.groups!.findLastIndex(first => first <= ids(packed).indexOf(id));
      for await (const batch of trainingBatches({ dataset: packed, batchSize: 2, crop: 16, seed: 5, count, workers: 0, shard, streams: 2 }))
        found.push({ ids: batch.ids, shards: batch.ids.map(shardOf) });
      return found;
    };
    const alone = await read({ index: 0, count: 1 }, 12);
    const together = await Promise.all([0, 1].map(index => read({ index, count: 2 }, 6)));
    expect(alone.map(({ ids }) => ids)).toEqual(Array.from({ length: 12 }, (_, b) => together[b % 2]![Math.floor(b / 2)]!.ids));
    // 6 of 12 records in 3 shards of about 4: one whole and a part of another one, one after the other
    for (const rank of together)
      for (const epoch of [rank.slice(0, 3), rank.slice(3)])
        expect(epoch.flatMap(({ shards }) => shards).filter((shard, i, all) => i > 0 && shard !== all[i - 1])).toHaveLength(1);
  });

  it('keeps as many shards in memory as are read in turn', async () => {
    const many = join(folder, 'many');
    expect(await packShards(dataset, { out: many, bytes: 1 })).toBe(12);
    const packed = await openShards({ root: many });
    packed.keepGroups!(2); // each with its successor, and one more
    for (let record = 0; record < 6; record++) await packed.image(record);
    for (const file of readdirSync(many)) rmSync(join(many, file));
    for (let record = 1; record < 6; record++) await packed.image(record);
    await expect(packed.image(0)).rejects.toThrow('no such file');
  });

  it('is divided by shards among processes', async () => {
    const parts = await Promise.all([0, 1].map(index => openShards({ root: out, part: { index, count: 2 } })));
    expect(parts.flatMap(ids).sort()).toEqual(ids(dataset).sort());
    expect(parts.map(part => part.groups!.length)).toEqual([2, 1]);
    await expect(openShards({ root: out, part: { index: 3, count: 4 } })).rejects.toThrow('has 3 shards, too few for part 3 of 4');
  });

  it('names what is missing or damaged', async () => {
    const copy = join(folder, 'copy');
    execFileSync('cp', ['-r', out, copy]);
    const size = readFileSync(join(copy, '000001.tar')).length;
    truncateSync(join(copy, '000001.tar'), 700);
    await expect(openShards({ root: copy })).rejects.toThrow(/000001\.tar has 700 bytes; \d+ bytes are expected/);
    writeFileSync(join(copy, '000001.tar'), new Uint8Array(size));
    const damaged = await openShards({ root: copy });
    const first = damaged.groups![1]!;
    await expect(damaged.image(first)).rejects.toThrow(/cannot read image .* in .*000001\.tar: /);
    await expect(damaged.mask!(first)).rejects.toThrow(/cannot read the mask of .*000001\.tar: it is not a PNG/);
    rmSync(join(copy, '000001.tar'));
    await expect(openShards({ root: copy })).rejects.toThrow('000001.tar not found');
    const index = readFileSync(join(copy, 'shards.json'), 'utf8');
    for (const text of ['{', '{}', index.replace('"image":[512', '"image":[99999'), index.replace('000000.tar', '../0.tar')]) {
      writeFileSync(join(copy, 'shards.json'), text);
      await expect(openShards({ root: copy })).rejects.toThrow('shards.json is damaged');
    }
    await expect(openShards({ root: folder })).rejects.toThrow('shards.json not found; expected a folder that "mcc data pack" has written');
    expect(existsSync(join(folder, 'packed/shards.json'))).toBe(true);
  });
});
