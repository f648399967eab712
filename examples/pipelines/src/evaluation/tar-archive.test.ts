import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tarArchive } from './tar-archive.js';

const files = [
  { path: 'results/a.txt', data: new TextEncoder().encode('hello') },
  { path: 'results/empty', data: new Uint8Array(0) },
  { path: 'results/block', data: new Uint8Array(512).fill(65) },
];
const archive = async (of: typeof files) => {
  const parts: Uint8Array[] = [];
  for await (const part of tarArchive(of)) parts.push(part);
  return Buffer.concat(parts);
};

it('is read by tar', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  const file = join(folder, 'a.tar');
  writeFileSync(file, await archive(files));
  const tar = (...args: string[]) => execFileSync('tar', args, { encoding: 'utf8' });
  expect(tar('-tf', file).trim().split('\n')).toEqual(files.map(({ path }) => path));
  expect(tar('-xOf', file, 'results/a.txt')).toBe('hello');
  expect(tar('-xOf', file, 'results/block')).toBe('A'.repeat(512));
  rmSync(folder, { recursive: true });
});

it('is whole blocks, and the same for the same files', async () => {
  const bytes = await archive(files);
  expect(bytes.length).toBe(512 * (2 + 1 + 2 + 2));
  expect(await archive(files)).toEqual(bytes);
});

it('refuses a path that does not fit', async () => {
  await expect(archive([{ path: 'x'.repeat(101), data: new Uint8Array(0) }])).rejects.toThrow('longer than 100 bytes');
});
