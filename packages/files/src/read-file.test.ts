import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readFile, readFileSync } from './read-file.js';
import { reasonOf } from './system-errors.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('reads a file, also by way of a link', async () => {
  const [file, link] = [join(folder, 'a.txt'), join(folder, 'b.txt')];
  writeFileSync(file, 'é');
  symlinkSync(file, link);
  expect([await readFile(file, 'utf8'), readFileSync(link, 'utf8')]).toEqual(['é', 'é']);
  expect([await readFile(link), readFileSync(file)]).toEqual([Buffer.from('é'), Buffer.from('é')]);
});

const refused = async (path: string) => {
  const found = await readFile(path).catch(reasonOf);
  try {
    readFileSync(path);
  } catch (error) {
    expect(reasonOf(error)).toBe(found);
    return found;
  }
  return undefined;
};

it('says what is no file', async () => {
  expect(await refused(folder)).toBe('it is a folder, and a file is expected');
  expect(await refused(join(folder, 'none'))).toBe('it does not exist');
});

it.skipIf(process.platform === 'win32')('waits for no pipe, and for no device without end', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  symlinkSync('/dev/zero', join(folder, 'zero'));
  expect(await refused(pipe)).toBe('it is a pipe, and a file is expected');
  expect(await refused(join(folder, 'zero'))).toBe('it is a device, and a file is expected');
});
