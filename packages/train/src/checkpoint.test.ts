import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDiskFull, linkAtomically, writeAtomically } from '@wsss/files';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wsss-train-'));
});
afterAll(() => rm(folder, { recursive: true }));

const checkpoint = {
  tensors: new Map([
    ['weight', { shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 0) }],
    ['weight.step', { shape: [], data: Int32Array.of(7) }],
  ]),
  metadata: { iteration: '7' },
};

describe('checkpoints', () => {
  it('come back as they were saved', async () => {
    const file = join(folder, 'deeper/run/last.safetensors');
    await saveCheckpoint(file, checkpoint);
    expect(await loadCheckpoint(file)).toMatchObject(checkpoint);
    expect(await readdir(join(folder, 'deeper/run'))).toEqual(['last.safetensors']);
  });

  it('have a name by their content', async () => {
    const file = join(folder, 'named.safetensors');
    const { bytes, sha256 } = await saveCheckpoint(file, checkpoint);
    const content = await readFile(file);
    expect([bytes, sha256]).toEqual([content.length, createHash('sha256').update(content).digest('hex')]);
    expect((await loadCheckpoint(file)).sha256).toBe(sha256);
  });

  it('say what is wrong when they cannot be read', async () => {
    const file = join(folder, 'broken.safetensors');
    await expect(loadCheckpoint(file)).rejects.toThrow(`checkpoint ${file} could not be read: there is no such file.`);
    await expect(loadCheckpoint(folder)).rejects.toThrow('it is a folder');
    await saveCheckpoint(file, checkpoint);
    await truncate(file, (await readFile(file)).length - 1);
    await expect(loadCheckpoint(file)).rejects.toThrow(file);
    await writeFile(file, 'not a checkpoint at all');
    await expect(loadCheckpoint(file)).rejects.toThrow('not a readable safetensors file');
    await writeFile(file, '');
    await expect(loadCheckpoint(file)).rejects.toThrow(file);
  });

  it('keep the earlier file when saving fails', async () => {
    const file = join(folder, 'kept.safetensors');
    await saveCheckpoint(file, checkpoint);
    const wrong = new Map([['weight', { shape: [3], data: new Float32Array(2) }]]);
    await expect(saveCheckpoint(file, { tensors: wrong, metadata: {} })).rejects.toThrow('weight');
    expect(await loadCheckpoint(file)).toMatchObject(checkpoint);
  });
});

describe('writeAtomically', () => {
  it('replaces the whole content', async () => {
    const file = join(folder, 'text');
    await writeAtomically(file, 'a long first version');
    await writeAtomically(file, 'short');
    expect(await readFile(file, 'utf8')).toBe('short');
  });

  it('removes the temporary file and names the file when it fails', async () => {
    const inside = join(folder, 'taken');
    await writeAtomically(join(inside, 'file'), '');
    await expect(writeAtomically(inside, 'a folder is in the way')).rejects.toThrow(`${inside} could not be written`);
    await expect(writeAtomically(join(inside, 'file', 'below'), '')).rejects.toThrow('below could not be written');
    expect((await readdir(folder)).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('linkAtomically', () => {
  it('gives a file another name, replaces what had it, and leaves nothing else', async () => {
    const inside = join(folder, 'links');
    const [a, b, name] = ['a', 'b', 'name'].map(file => join(inside, file)) as [string, string, string];
    await writeAtomically(a, 'first');
    await writeAtomically(b, 'second');
    for (const file of [a, b, b]) await linkAtomically(file, name);
    expect(await readFile(name, 'utf8')).toBe('second');
    expect(await readFile(a, 'utf8')).toBe('first');
    expect((await readdir(inside)).sort()).toEqual(['a', 'b', 'name']);
  });

  it('says which file is missing', async () => {
    await expect(linkAtomically(join(folder, 'no such file'), join(folder, 'name'))).rejects.toThrow('no such file');
  });
});

describe('isDiskFull', () => {
  it('looks for the cause', () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    expect([full, new Error('not written', { cause: full }), new Error('other'), null].map(isDiskFull)).toEqual([true, true, false, false]);
  });
});
