import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from './folder.js';
import { importFolder } from './import-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [from, out] = [join(folder, 'export'), join(folder, 'plain')];
const put = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(from, path)), { recursive: true });
  writeFileSync(join(from, path), content);
};
const jpeg = (color = '#406080') =>
  sharp({ create: { width: 8, height: 6, channels: 3, background: color } })
    .jpeg()
    .toBuffer();
beforeEach(() => {
  rmSync(from, { recursive: true, force: true });
  rmSync(out, { recursive: true, force: true });
});

/** A list of COCO with a square on each picture. */
const coco = (files: string[], names = ['dog'], change: (annotation: Record<string, unknown>) => object = a => a) =>
  JSON.stringify({
    images: files.map((file_name, id) => ({ id, file_name, width: 8, height: 6 })),
    categories: names.map((name, id) => ({ id, name })),
    annotations: files.map((_, id) =>
      change({ id, image_id: id, category_id: id % names.length, segmentation: [[0, 0, 4, 0, 4, 4, 0, 4]] }),
    ),
  });

describe('importFolder', () => {
  it('makes one list of splits in folders, whose pictures may have one name', async () => {
    for (const split of ['train', 'valid']) {
      put(`${split}/a.jpg`, await jpeg());
      put(`${split}/_annotations.coco.json`, coco(['a.jpg']));
    }
    const report = await importFolder({ from, out });
    expect(report).toMatchObject({ forms: ['COCO'], classes: ['dog'], taken: 2, withMask: 2, splits: { train: 1, valid: 1 }, leftOut: [] });
    expect(readdirSync(out).sort()).toEqual(['classes.txt', 'images', 'import.json', 'labels.csv', 'masks']);
    expect(JSON.parse(readFileSync(join(out, 'import.json'), 'utf8'))).toEqual(report);
    expect(readFileSync(join(out, 'labels.csv'), 'utf8')).toBe('file,classes,split\ntrain/a.jpg,dog,train\nvalid/a.jpg,dog,valid\n');
    const val = await openFolder({ root: out, split: 'val' });
    expect([val.id(0), (await val.mask!(0)).data.filter(Boolean).length]).toEqual(['valid/a.jpg', 16]);
  });

  it('keeps class names that have separators, and pictures whose paths are in the way', async () => {
    const files = ['images/a.jpg', 'a.jpg', 'masks/b.png', 'a.png', '../up.jpg', 'con.jpg', 'ä b.jpg'];
    for (const file of files) if (!file.startsWith('..')) put(`data/${file}`, await jpeg());
    put('annotations.json', coco(files, ['lamp; light', 'a|b', '"x", y\\', 'back\\slash\nand line']));
    const report = await importFolder({ from, out });
    expect(report!.leftOut).toEqual([expect.stringContaining('annotations.json image 4: image up.jpg leads out of')]);
    expect(report!.classes).toEqual(['lamp; light', 'a|b', '"x", y\\', 'back\\slash and line']);
    const sets = await Promise.all(['train', 'val'].map(split => openFolder({ root: out, split }).catch(() => undefined)));
    const found = sets.flatMap(set => (set ? Array.from({ length: set.length }, (_, i) => ({ set, i })) : []));
    expect(found.length).toBe(6);
    for (const { set, i } of found) {
      expect(set.classes).toEqual(report!.classes);
      const mask = await set.mask!(i);
      const labels = await set.labels(i);
      expect(mask.data[0]).toBe(labels.indexOf(1) + 1); // the class of the list is that of the mask
    }
  });

  it('names what cannot be used, takes the rest, and leaves a folder only when it is whole', async () => {
    for (const name of ['a', 'b', 'c']) put(`${name}.jpg`, await jpeg());
    put('b.jpg', 'no picture');
    put(
      'annotations.json',
      coco(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'], ['dog'], a => (a.id === 2 ? { ...a, segmentation: [[1, 1]] } : a)),
    );
    const report = await importFolder({ from, out });
    expect(report!.taken).toBe(1);
    for (const reason of [/annotation 2 of c\.jpg/, /cannot read image .*b\.jpg/, /image d\.jpg not found/])
      expect(report!.leftOut.join('\n')).toMatch(reason);
    expect(report!.leftOut.length).toBe(3);
    rmSync(out, { recursive: true });
    put('a.jpg', 'no picture either');
    await expect(importFolder({ from, out })).rejects.toThrow('nothing can be taken: annotations.json');
    put('a.jpg', await jpeg());
    const signal = AbortSignal.abort();
    expect(await importFolder({ from, out, signal })).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['export']);
  });

  it('writes into no folder that has something in it, or is read', async () => {
    put('cat/a.jpg', await jpeg());
    mkdirSync(out);
    writeFileSync(join(out, 'mine.txt'), 'mine');
    await expect(importFolder({ from, out })).rejects.toThrow(`${out} exists already; choose another folder`);
    await expect(importFolder({ from, out: join(from, 'new/plain') })).rejects.toThrow(/lies in .*export, which is read/);
    rmSync(join(out, 'mine.txt'));
    mkdirSync(`${out}.unfinished`);
    await expect(importFolder({ from, out })).rejects.toThrow('plain.unfinished is there and was not made by this program');
    writeFileSync(join(`${out}.unfinished`, 'unfinished.json'), '{"format":"wsss import 1","unfinished":true}'); // of a job that was killed
    expect((await importFolder({ from, out }))!.taken).toBe(1);
    expect(existsSync(`${out}.unfinished`)).toBe(false);
    await expect(importFolder({ from: join(from, 'cat/a.jpg'), out: join(folder, 'x') })).rejects.toThrow('is a file; unpack it first');
    await expect(importFolder({ from: join(folder, 'none'), out: join(folder, 'x') })).rejects.toThrow('none does not exist');
  });
});
