import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { engineNames } from '@wsss/engine';
import { describe, expect, it } from 'vitest';
import { runCommand } from './test/command.js';

const program = resolve(import.meta.dirname, '../bin/mcc.js');
const isBuilt = existsSync(resolve(import.meta.dirname, '../dist/cli.js'));

/** The names of the commands, from the list that help shows. */
const listed = (help: string) => [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name!);

describe('help', () => {
  it('of every command that is listed says what it does', async () => {
    const names = listed((await runCommand(['--help'])).out);
    expect(names).toContain('train');
    for (const name of names.filter(name => !['bench', 'parity', 'help'].includes(name))) {
      const { out } = await runCommand([name, '--help']);
      expect(out).toContain(`Usage: mcc ${name} `);
      expect(out.split('\n').length).toBeGreaterThan(5);
    }
  });

  it.skipIf(!isBuilt)('loads nothing that computes', () => {
    const hooks = 'export const load = (url, context, next) => { process._rawDebug(url); return next(url, context); };';
    const watch = `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(hooks)}');`;
    for (const words of [['--help'], ['doctor', '--list'], []]) {
      const node = [`--import=data:text/javascript,${encodeURIComponent(watch)}`, program, ...words];
      const loaded = execFileSync('sh', ['-c', '"$@" 2>&1 || true', 'sh', process.execPath, ...node], { encoding: 'utf8' });
      expect(loaded).toContain('commander');
      expect(loaded).not.toMatch(/^file:.*(tfjs|zod|sharp|packages\/(datasets|engine|train))/m);
    }
  });
});

it('suggests a command for one that is written wrong', async () => {
  const { err, code } = await runCommand(['trian', 'shapes']);
  expect(err).toMatch(/unknown command 'trian'[\s\S]*train/);
  expect(code).toBe(1);
});

it('names the engines without trying them', async () => {
  const { out } = await runCommand(['doctor', '--list']);
  expect(out.split('\n').map(line => line.split(' ')[0])).toEqual([...engineNames, '']);
  expect(JSON.parse((await runCommand(['doctor', '--list', '--json'])).out)).toEqual({ engines: [...engineNames] });
});
