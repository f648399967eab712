import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../test/command.js';

const root = resolve(import.meta.dirname, '../../../..');
const mcc = resolve(root, 'examples/pipelines/bin/mcc.js');
const isBuilt = ['examples/pipelines', 'tools'].every(folder => existsSync(resolve(root, folder, 'dist/cli.js')));

it('says where benchmarks and parity are, where they are not', async () => {
  const { code, err } = await runCommand(['bench', 'step', '--json']);
  expect(code).toBe(1);
  expect(err).toMatch(/^mcc: mcc bench comes with the repository of this program.*not found\n$/);
});

it.skipIf(!isBuilt)('hands arguments, help and exit code through', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [mcc, ...args], { encoding: 'utf8' });
  expect(run('bench', 'step', '--help').stdout).toContain('Usage: mcc bench step [options]');
  const { status, stderr } = run('parity', 'nowhere', '--only', 'a');
  expect([status, stderr]).toEqual([1, 'mcc: folder of recorded cases nowhere not found\n']);
});
