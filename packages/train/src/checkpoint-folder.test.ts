import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFolder, readManifest } from './checkpoint-folder.js';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'wsss-checkpoints-')), 'checkpoints');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

const checkpoint = (value: number) => ({
  tensors: new Map([['weight', { shape: [2], data: Float32Array.of(value, -value) }]]),
  metadata: { iteration: String(value) },
});
const path = (iteration: number, extension = 'safetensors') => join(folder, `iteration-${String(iteration).padStart(8, '0')}.${extension}`);
async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  await writeFile(file, bytes);
}

describe('CheckpointFolder', () => {
  it('gives back the newest that was saved, with what was noted', async () => {
    const checkpoints = new CheckpointFolder(folder);
    expect(await checkpoints.newest()).toEqual({ refused: [] });
    for (const iteration of [2, 10, 4]) expect(await checkpoints.save(iteration, checkpoint(iteration))).toBe(path(iteration));
    await checkpoints.annotate(10, { score: 0.5, notes: { miou: 0.5 } });
    const { found, refused } = await checkpoints.newest();
    expect(refused).toEqual([]);
    expect(found).toMatchObject({ ...checkpoint(10), file: path(10), manifest: { iteration: 10, score: 0.5, notes: { miou: 0.5 } } });
    expect(found!.manifest.bytes).toBe((await readFile(path(10))).length);
  });

  it('keeps the newest few and the best', async () => {
    const checkpoints = new CheckpointFolder(folder, { keep: 2 });
    for (let i = 1; i <= 6; i++) {
      await checkpoints.save(i, checkpoint(i));
      expect(await checkpoints.annotate(i, { score: i === 2 || i === 3 ? 1 : 0, notes: {} })).toBe(i <= 3);
    }
    expect(await readdir(folder)).toEqual(
      [3, 5, 6].flatMap(i => ['json', 'safetensors'].map(kind => path(i, kind).slice(folder.length + 1))),
    );
  });

  it('falls back to the newest whole one, whatever is wrong with later ones, and says what', async () => {
    const checkpoints = new CheckpointFolder(folder, { keep: 9 });
    for (let i = 1; i <= 7; i++) await checkpoints.save(i, checkpoint(i));
    await flip(path(2), -1); // a bit of the data
    await flip(path(3), 20); // of the header
    await truncate(path(4), 50);
    await rm(path(5));
    await flip(path(6, 'json'), 60);
    await appendFile(path(7), 'x');
    await writeFile(path(8), 'no manifest yet');
    await writeFile(path(9, 'json'), '{');
    const { found, refused } = await checkpoints.newest();
    expect(found!.manifest.iteration).toBe(1);
    expect(refused.map(({ file }) => file)).toEqual([9, 7, 6, 5, 4, 3, 2].map(i => path(i)));
    for (const { reason } of refused) expect(reason).toMatch(/damaged|not a readable|no such file/);
  });

  it('sets aside what is newer than where a run goes on, and clears what killed runs left', async () => {
    const checkpoints = new CheckpointFolder(folder);
    for (const i of [1, 2, 3]) await checkpoints.save(i, checkpoint(i));
    await writeFile(path(7), 'killed before its manifest');
    await writeFile(`${path(8)}.123-0.tmp`, 'killed while writing');
    await writeFile(join(folder, 'mine.txt'), 'of no concern');
    await checkpoints.setAsideAfter(1);
    expect((await checkpoints.newest()).found!.manifest.iteration).toBe(1);
    await checkpoints.save(2, checkpoint(2));
    const names = [path(1, 'json'), path(1), path(2, 'json'), path(2), `${path(2)}.damaged`, `${path(3)}.damaged`];
    expect(await readdir(folder)).toEqual([...names.map(name => name.slice(folder.length + 1)), 'mine.txt']);
  });

  it('refuses wrong settings, manifests that are none, and notes on what is not there', async () => {
    expect(() => new CheckpointFolder(folder, { keep: 0 })).toThrow('keep is 0, expected a whole number from 1');
    await expect(new CheckpointFolder(folder).annotate(1, { notes: {} })).rejects.toThrow('there is no such file');
    const file = join(folder, '..', 'x.json');
    for (const text of ['', 'null', '{}', '{"format":"wsss-checkpoint-1","check":"0"}']) {
      await writeFile(file, text);
      await expect(readManifest(file)).rejects.toThrow('is damaged, or none of this program');
    }
  });
});
