import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packShards, type SegmentationDataset, vocClasses } from '@wsss/datasets';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hostileNames } from '../../../../packages/files/src/test/hostile-names.js';
import { runCommand, smallCheckpoint } from '../test/command.js';

// Names from data sets that mean harm, through every command that calls files after records: nothing outside the folder of the results
// changes, and each record has a file of its own. `pnpm test:names` runs 10 000 of them.
const count = Number(process.env.WSSS_HOSTILE_NAMES ?? 40);
const names = [
  ...new Set(['../../../victim/keep', '/tmp/keep', '../victim', 'a.png', 'a.jpg', 'A.png', 'x/y', ...hostileNames(count, 11)]),
].slice(0, Math.max(count, 7));

/** Those that a file here can have. */
const possible = new Set(
  names
    .map(name => name.replaceAll('/', '_').replaceAll('\0', '_').slice(0, 60))
    .filter(name => !/^\.|^$/.test(name) && Buffer.from(name).toString() === name),
);

const patience = { timeout: 3_600_000 };
/** Pictures on the page of `mcc cam`. */
const shown = Math.min(names.length, 200);

const folder = mkdtempSync(join(tmpdir(), 'wsss-names-'));
afterAll(() => rmSync(folder, { recursive: true }));
const data = join(folder, 'data');
const image = join(folder, 'image.jpg');
const checkpoint = join(folder, 'checkpoint.safetensors');
/** Deep, so that names with `../` meet what lies around it. */
const out = join(folder, 'deep/er/out');
const pixels = { width: 16, height: 16 };

const dataset = (split: string, masks: boolean): SegmentationDataset => ({
  name: 'VOC',
  split,
  classes: vocClasses,
  length: names.length,
  id: index => names[index]!,
  labels: async () => Float32Array.from(vocClasses, (_, c) => (c === 2 ? 1 : 0)),
  image: async () => ({ ...pixels, data: new Uint8Array(16 * 16 * 3) }),
  ...(masks && { mask: async () => ({ ...pixels, data: new Uint8Array(256).fill(3) }) }),
  files: () => ({ image }),
});

beforeAll(async () => {
  for (const place of ['victim', 'deep/victim', 'deep/er/victim', 'keep', 'deep/keep', 'deep/er/keep']) {
    mkdirSync(join(folder, place), { recursive: true });
    for (const name of ['keep', 'keep.png', 'keep.jpg']) writeFileSync(join(folder, place, name), 'not yours');
  }
  await sharp({ create: { ...pixels, channels: 3, background: '#804020' } })
    .jpeg()
    .toFile(image);
  await smallCheckpoint(checkpoint);
  mkdirSync(data);
  for (const [split, masks] of [
    ['val', true],
    ['test', false],
  ] as const)
    await packShards(dataset(split, masks), { out: join(data, split) });
}, patience.timeout);

/** All files around the folder of results, with what is in them. */
function around(): string {
  const hash = createHash('sha256');
  const look = (path: string) => {
    if (path === out) return;
    const found = statSync(path);
    hash.update(`${path} ${found.mode} ${found.isDirectory() ? '' : found.mtimeMs} `);
    if (found.isDirectory()) for (const name of readdirSync(path).sort()) look(join(path, name));
    else hash.update(readFileSync(path));
  };
  look(folder);
  return hash.digest('hex');
}
const filesIn = (path: string) => readdirSync(path, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).length;

let before: string;
beforeEach(() => {
  before = around();
}, patience.timeout);
afterEach(() => {
  expect(around()).toBe(before);
  rmSync(out, { recursive: true, force: true });
}, patience.timeout);
const onSplit = (command: string, split: string, ...args: string[]) =>
  runCommand([command, 'voc', '--data', data, '--split', split, '--checkpoint', checkpoint, '--out', out, '--size', '32', ...args]);

describe(`${names.length} hostile names`, () => {
  it('through mcc pseudo', patience, async () => {
    const { code, err } = await onSplit('pseudo', 'val', '--refine', 'none', '--show', '3');
    expect([code, err]).toEqual([0, expect.stringContaining(`${names.length} label maps`)]);
    expect(filesIn(join(out, 'labels'))).toBe(names.length);
    expect(readdirSync(out).sort()).toEqual(['index.html', 'labels', 'scores.json']);
  });

  it('through mcc cam', patience, async () => {
    expect((await onSplit('cam', 'val', '--scales', '1', '--arrays', 'npy', '--show', `${shown}`)).code).toBe(0);
    expect(filesIn(join(out, 'arrays'))).toBe(3 * names.length);
    expect(filesIn(join(out, 'overlays'))).toBe(2 * shown);
  });

  it('through mcc eval', patience, async () => {
    expect((await onSplit('eval', 'val')).code).toBe(0);
    expect(readdirSync(out)).toEqual(['scores.json']);
  });

  it('through mcc eval of a split for the evaluation server, which refuses what that would not take', patience, async () => {
    const { code, err } = await runCommand([
      'eval',
      'voc',
      '--data',
      data,
      '--split',
      'test',
      '--checkpoint',
      checkpoint,
      '--out',
      out,
      '--final',
      '--scales',
      '1',
    ]);
    // A name in a folder of its own cannot be in an archive for the server.
    expect([code, err]).toEqual([1, expect.stringContaining('would not take these labels, so they are not packed')]);
    expect(readdirSync(out).filter(name => /\.(tgz|tar|gz|zip)$/.test(name))).toEqual([]);
  });

  it('through mcc predict', patience, async () => {
    const pictures = join(folder, 'pictures');
    mkdirSync(pictures);
    const bytes = readFileSync(image);
    for (const name of possible) for (const ending of ['.jpg', '.png']) writeFileSync(join(pictures, name + ending), bytes);
    before = around();
    const found = readdirSync(pictures).length;
    const { code } = await runCommand(['predict', pictures, '--checkpoint', checkpoint, '--out', out]);
    expect(code).toBe(0);
    for (const kind of ['labels', 'overlays']) expect(filesIn(join(out, kind))).toBe(found);
    rmSync(pictures, { recursive: true });
    before = around();
  });

  it('through mcc data pack, of a folder', patience, async () => {
    const own = join(folder, 'own');
    mkdirSync(join(own, 'val/cat'), { recursive: true });
    for (const name of possible) writeFileSync(join(own, 'val/cat', `${name}.jpg`), readFileSync(image));
    before = around();
    const { code, err } = await runCommand(['data', 'pack', 'folder', own, '--split', 'val', '--out', out]);
    expect([code, err]).toEqual([0, expect.stringContaining(`${possible.size} records in`)]);
    expect(readdirSync(out)).toEqual(['val']);
    const records = JSON.parse(readFileSync(join(out, 'val/shards.json'), 'utf8')).shards.flatMap(
      (shard: { records: [] }) => shard.records,
    );
    expect(new Set(records.map(({ id }: { id: string }) => id)).size).toBe(possible.size);
    rmSync(own, { recursive: true });
    before = around();
  });

  it('through mcc data import, which takes the pictures that are there', patience, async () => {
    const coco = join(folder, 'export');
    mkdirSync(coco);
    for (const name of possible) writeFileSync(join(coco, `${name}.jpg`), readFileSync(image));
    before = around();
    const files = [...new Set([...possible, ...names].map(name => `${name}.jpg`))];
    const images = files.map((file_name, id) => ({ id, file_name, width: 16, height: 16 }));
    const annotations = images.map(({ id }) => ({
      ...{ id, image_id: id, category_id: 1, iscrowd: 0 },
      segmentation: [[1, 1, 9, 1, 9, 9]],
    }));
    const categories = [{ id: 1, name: 'cat' }];
    writeFileSync(join(coco, 'annotations.json'), JSON.stringify({ images, annotations, categories }));
    before = around();
    const { out: json, err } = await runCommand(['data', 'import', coco, '--out', out, '--json']);
    expect(json, err).toMatch(/^\{/);
    const { taken, leftOut } = JSON.parse(json);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(possible.size);
    expect(leftOut.length).toBeGreaterThan(0);
    for (const kind of ['images', 'masks']) expect(filesIn(join(out, kind))).toBe(taken);
    rmSync(coco, { recursive: true });
    before = around();
  });

  it('through mcc data masks', patience, async () => {
    const masks = join(folder, 'masks');
    mkdirSync(masks);
    const png = await sharp(Buffer.alloc(256, 3), { raw: { width: 16, height: 16, channels: 1 } })
      .png()
      .toBuffer();
    for (const name of possible) for (const ending of ['.png', '.bmp.png']) writeFileSync(join(masks, name + ending), png);
    before = around();
    const found = readdirSync(masks).length;
    const { code, err } = await runCommand(['data', 'masks', '--from-gray', masks, '--out', out]);
    expect([code, err]).toEqual([0, expect.stringContaining(`${found} palette PNGs`)]);
    expect(readdirSync(out).length).toBe(found);
    rmSync(masks, { recursive: true });
    before = around();
  });

  it('through mcc data sbd', patience, async () => {
    const [sbd, images] = [join(folder, 'cls'), join(out, 'JPEGImages')];
    for (const made of [sbd, images]) mkdirSync(made, { recursive: true });
    const matlab = readFileSync(join(import.meta.dirname, '../../../../packages/datasets/src/matlab/examples/compressed.mat'));
    const picture = await sharp({ create: { width: 5, height: 4, channels: 3, background: '#804020' } })
      .jpeg()
      .toBuffer();
    for (const name of possible) {
      writeFileSync(join(sbd, `${name}.mat`), matlab);
      writeFileSync(join(images, `${name}.jpg`), picture);
    }
    before = around();
    const { code, err } = await runCommand(['data', 'sbd', '--sbd', sbd, '--voc', out]);
    expect([code, err]).toEqual([0, expect.stringContaining(`${possible.size} masks, ${possible.size} of SBD and 0 of VOC`)]);
    expect(new Set(readdirSync(join(out, 'SegmentationClassAug')))).toEqual(new Set([...possible].map(name => `${name}.png`)));
    expect(readdirSync(out).sort()).toEqual(['JPEGImages', 'SegmentationClassAug']);
    rmSync(sbd, { recursive: true });
    before = around();
  });

  it('through mcc data pack', patience, async () => {
    await packShards(dataset('val', true), { out });
    const members = readdirSync(out)
      .filter(name => name.endsWith('.tar'))
      .flatMap(name => membersOf(readFileSync(join(out, name))));
    expect(members.length).toBe(3 * names.length);
    expect(new Set(members.map(member => member.toLowerCase())).size).toBe(members.length);
    for (const member of members) expect(member).toMatch(/^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\:\p{C}]+\.(jpg|seg\.png|json)$/u);
  });

  it('through mcc data coco-masks, which refuses what cannot be the name of a mask', patience, async () => {
    const coco = join(folder, 'coco');
    mkdirSync(join(coco, 'annotations'), { recursive: true });
    const images = names.map((name, id) => ({ id, file_name: `${name}.jpg`, width: 16, height: 16 }));
    const bases = new Set<string>();
    const once = images.filter(({ file_name }) => !bases.has(file_name.split('/').at(-1)!) && bases.add(file_name.split('/').at(-1)!));
    const annotations = [{ id: 1, image_id: once[0]!.id, category_id: 1, iscrowd: 0, segmentation: [[1, 1, 9, 1, 9, 9]] }];
    const categories = Array.from({ length: 80 }, (_, i) => ({ id: i + 1, name: `class ${i}` }));
    writeFileSync(join(coco, 'annotations/instances_val2017.json'), JSON.stringify({ images: once, annotations, categories }));
    before = around();
    const args = ['data', 'coco-masks', '--coco', coco, '--split', 'val', '--year', '2017', '--out', out, '--threads', '1', '--json'];
    const { out: json } = await runCommand(args);
    const { written, refused } = JSON.parse(json);
    expect(written + refused.length).toBe(once.length);
    expect(filesIn(out)).toBe(written);
    rmSync(coco, { recursive: true });
    before = around();
  });
});

/** Names of the files in a tar archive. */
function membersOf(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; bytes[at]; ) {
    const text = (from: number, length: number) => bytes.toString('utf8', at + from, at + from + length).split('\0')[0]!;
    names.push([text(345, 155), text(0, 100)].filter(Boolean).join('/'));
    at += 512 + 512 * Math.ceil(Number.parseInt(text(124, 12), 8) / 512);
  }
  return names;
}
