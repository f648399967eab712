import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isUnfinished, linkAtomically, writeAtomically } from './atomic-write.js';
import { isDiskFull } from './system-errors.js';

const root = mkdtempSync(join(tmpdir(), 'atomic-'));

it('writes whole files into folders that it makes', async () => {
  const file = join(root, 'a/b.txt');
  await writeAtomically(file, 'one');
  await writeAtomically(file, Buffer.from('two'));
  expect(readFileSync(file, 'utf8')).toBe('two');
  expect(readdirSync(join(root, 'a'))).toEqual(['b.txt']);
});

it('leaves nothing behind when it cannot', async () => {
  mkdirSync(join(root, 'folder/x'), { recursive: true });
  await expect(writeAtomically(join(root, 'folder'), '')).rejects.toThrow(
    /folder could not be written: it is a folder, and a file is expected/,
  );
  await expect(writeAtomically('/proc/x/y', '')).rejects.toThrow('/proc/x/y could not be written');
  expect(readdirSync(root).some(isUnfinished)).toBe(false);
  const error = await writeAtomically(join(root, 'folder'), '').catch((cause: unknown) => cause);
  expect(isDiskFull(error)).toBe(false);
});

it('gives a file a second name', async () => {
  const [file, name] = [join(root, 'file'), join(root, 'name')];
  writeFileSync(file, 'x');
  await linkAtomically(file, name);
  await linkAtomically(file, name);
  expect(readFileSync(name, 'utf8')).toBe('x');
  await expect(linkAtomically(join(root, 'none'), name)).rejects.toThrow('could not be made from');
});
