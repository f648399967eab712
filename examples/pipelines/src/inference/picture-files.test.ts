import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { picturesAt } from './picture-files.js';

const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['b', 'b/deep', 'out', 'empty']) mkdirSync(join(folder, name));
for (const name of ['b/2.jpg', 'b/1.PNG', 'b/deep/1.jpeg', 'b/notes.txt', 'b/.hidden.jpg', 'b/2.png', 'out/1.png', 'raw'])
  writeFileSync(join(folder, name), '');
const names = async (paths: string[], except?: string) => {
  const absolute = paths.map(path => join(folder, path));
  return (await picturesAt(absolute, except)).map(({ name }) => name);
};

it('finds images in folders, in order, and gives each a name of its own', async () => {
  expect(await names(['b'])).toEqual(['1', '2', '2-2', 'deep/1']);
  expect(await names(['b', 'b/2.jpg'])).toEqual(['1', '2', '2-2', 'deep/1', '2-3']);
});

it('takes files as they are, and leaves out the folder of the results', async () => {
  expect(await names(['raw'])).toEqual(['raw']);
  expect(await names(['.'], join(folder, 'out'))).toEqual(['b/1', 'b/2', 'b/2-2', 'b/deep/1']);
});

it('says what is missing', async () => {
  await expect(names(['nowhere.jpg'])).rejects.toThrow(/nowhere\.jpg does not exist; give image files, or folders/);
  await expect(names(['empty'])).rejects.toThrow(/no image in .*empty; looked for \.jpg/);
});
