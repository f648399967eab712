import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

// What `pnpm changeset version` makes of the packages, in a folder that holds nothing but their manifests.
const root = resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'versions-'));
afterAll(() => rmSync(folder, { recursive: true }));
const names = ['packages', 'examples']
  .flatMap(parent => readdirSync(join(root, parent)).map(name => join(parent, name)))
  .concat('fixtures', 'tools')
  .filter(name => existsSync(join(root, name, 'package.json')));
const read = (name: string) => JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'));
const versions = (): Record<string, string> => Object.fromEntries(names.map(name => [read(name).name, read(name).version]));

function makeWorkspace(): void {
  mkdirSync(join(folder, '.changeset'));
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml', '.changeset/config.json'])
    cpSync(join(root, file), join(folder, file));
  for (const name of names) {
    const manifest = JSON.parse(readFileSync(join(root, name, 'package.json'), 'utf8'));
    mkdirSync(join(folder, name), { recursive: true });
    const version = manifest.private ? manifest.version : '0.3.0';
    writeFileSync(join(folder, name, 'package.json'), JSON.stringify({ ...manifest, version }));
  }
  execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: folder });
}

/** What another version of `@wsss/losses` gives the others: the versions that are new. */
function afterChange(kind: 'patch' | 'minor'): Record<string, string> {
  const before = versions();
  writeFileSync(join(folder, '.changeset/one.md'), `---\n'@wsss/losses': ${kind}\n---\n\nA change.\n`);
  const changesets = createRequire(join(root, 'package.json')).resolve('@changesets/cli/bin.js');
  execFileSync(process.execPath, [changesets, 'version'], { cwd: folder, stdio: 'pipe' });
  return Object.fromEntries(Object.entries(versions()).filter(([name, version]) => version !== before[name]));
}

it('changes the version of what has changed, and of what depends on it where that no longer fits, and of nothing else', () => {
  makeWorkspace();
  expect(afterChange('patch')).toEqual({ '@wsss/losses': '0.3.1' });
  const dependents = names.map(read).filter(({ private: isPrivate, dependencies }) => !isPrivate && dependencies?.['@wsss/losses']);
  const patched = Object.fromEntries(dependents.map(({ name }) => [name, '0.3.1']));
  expect(dependents.map(({ name }) => name)).toContain('@wsss/mcc');
  expect(afterChange('minor')).toEqual({ '@wsss/losses': '0.4.0', ...patched });
});
