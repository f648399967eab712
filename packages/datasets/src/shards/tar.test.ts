import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tarEnd, tarEntry } from './tar.js';

const files: Record<string, Uint8Array> = {
  'results/a.txt': new TextEncoder().encode('hello'),
  'results/empty': new Uint8Array(0),
  'results/block': new Uint8Array(512).fill(65),
};
const archive = () => Buffer.concat([...Object.entries(files).map(([name, content]) => tarEntry(name, content)), tarEnd]);

it('is read by tar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tar-'));
  const file = join(folder, 'a.tar');
  writeFileSync(file, archive());
  const tar = (...args: string[]) => execFileSync('tar', args, { encoding: 'utf8' });
  expect(tar('-tf', file).trim().split('\n')).toEqual(Object.keys(files));
  expect(tar('-xOf', file, 'results/a.txt')).toBe('hello');
  expect(tar('-xOf', file, 'results/block')).toBe('A'.repeat(512));
  rmSync(folder, { recursive: true });
});

it('is whole blocks, and the same for the same files', () => {
  expect(archive().length).toBe(512 * (2 + 1 + 2 + 2));
  expect(archive()).toEqual(archive());
});

it('splits long names as tar does, and refuses longer ones', () => {
  const header = Buffer.from(tarEntry(`${'d'.repeat(90)}/${'f'.repeat(60)}.jpg`, new Uint8Array(5)));
  expect([header.toString('latin1', 0, 64), header.toString('latin1', 345, 435)]).toEqual([`${'f'.repeat(60)}.jpg`, 'd'.repeat(90)]);
  expect(() => tarEntry('x'.repeat(101), new Uint8Array(5))).toThrow('too long');
});
