import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const script = join(root, 'scripts/before-publishing.mjs');
const manifestOf = (name: string) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
const whole = {
  ...{ name: '@wsss/it', version: '1.0.0', bin: { it: 'bin/it.js' }, files: ['dist', 'README.md'] },
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
};

describe('before-publishing', () => {
  let folder: string;
  const check = (manifest: object, client = 'pnpm/10.34.9 npm/? node/v20.19.0 linux x64') => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const { status, stderr } = spawnSync(process.execPath, [script], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, npm_config_user_agent: client },
    });
    return { status, stderr };
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'before-publishing-'));
    for (const name of ['dist', 'bin']) mkdirSync(join(folder, name));
    for (const name of ['dist/index.js', 'dist/index.d.ts', 'bin/it.js', 'README.md']) writeFileSync(join(folder, name), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('lets a whole package through that pnpm publishes', () => {
    expect(check(whole)).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['npm', whole, 'npm/10.8.2 node/v20.19.0', 'npm would leave workspace:^ in its dependencies; use pnpm release'],
    ['nobody', whole, '', 'npm would leave workspace:^'],
    ['without a version', { ...whole, version: '0.0.0' }, undefined, 'it has no version yet; run pnpm changeset version first'],
    ['without an entry', { ...whole, exports: { '.': './dist/other.js' } }, undefined, './dist/other.js of its exports is missing; run'],
    ['without its command', { ...whole, bin: 'bin/other.js' }, undefined, 'bin/other.js of its bin is missing; run pnpm build first'],
    ['without what it ships', { ...whole, files: ['dist', 'NOTICE'] }, undefined, 'NOTICE of its files is missing'],
  ])('refuses %s', (_, manifest, client, reason) => {
    const { status, stderr } = check(manifest, client);
    expect(status).toBe(1);
    expect(stderr).toContain(`@wsss/it is not published: ${reason}`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('stands before every package that is published', () => {
    const packages = readdirSync(join(root, 'packages')).map(manifestOf);
    const published = packages.filter(({ private: isPrivate }) => !isPrivate);
    expect(published.length).toBeGreaterThan(10);
    for (const { name, scripts, publishConfig } of published) {
      expect([name, scripts.prepublishOnly]).toEqual([name, 'node ../../scripts/before-publishing.mjs']);
      expect([name, publishConfig]).toEqual([name, { access: 'public', provenance: true }]);
    }
  });
});
