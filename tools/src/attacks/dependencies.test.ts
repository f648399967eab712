import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

/** Packages that their authors have given up, with the first version that is kept; none of them is needed. */
const kept: Record<string, number> = {
  tar: 7,
  glob: 10,
  rimraf: 5,
  inflight: Infinity,
  npmlog: Infinity,
  gauge: Infinity,
  '@mapbox/node-pre-gyp': 2,
};

it('installs nothing that is given up', () => {
  const lockfile = readFileSync(resolve(root, 'pnpm-lock.yaml'), 'utf8');
  const installed = [...lockfile.matchAll(/^ {2}'?((?:@[\w.-]+\/)?[\w.-]+)@(\d+)\.[^:]*:/gm)].map(
    ([, name, major]) => [name!, Number(major)] as const,
  );
  expect(installed.length).toBeGreaterThan(100);
  expect(installed.filter(([name, major]) => major < (kept[name] ?? 0))).toEqual([]);
});

it('runs the install script of nothing but esbuild, which only developers install', () => {
  const workspace = readFileSync(resolve(root, 'pnpm-workspace.yaml'), 'utf8');
  expect(/onlyBuiltDependencies:\n((?: +- .*\n)*)/.exec(workspace)?.[1]).toBe('  - esbuild\n');
  expect(workspace).not.toContain('dangerouslyAllowAllBuilds');
});
