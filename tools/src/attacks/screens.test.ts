import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

/** The programs, as built, each with arguments that soon print results. */
const programs: [name: string, file: string, ...args: string[]][] = [
  ['mcc', 'examples/pipelines/bin/mcc.js', 'weights', 'fetch'],
  ['mcc', 'tools/dist/cli.js', 'parity', 'fixtures/golden', '--only', 'mlsm_loss', '--engine', 'cpu'],
  ['wsss-engine', 'packages/engine/bin/wsss-engine.js', '--help'],
];

function run(to: string, file: string, args: readonly string[]) {
  const env = { ...process.env, NODE_OPTIONS: '' };
  return spawnSync('bash', ['-c', `"$0" "$@" ${to}`, process.execPath, resolve(root, file), ...args], { encoding: 'utf8', env, cwd: root });
}
const lost = (name: string) =>
  expect.stringMatching(
    new RegExp(
      `(^|\\n)${name}: results could not be written to standard output: the disk is full \\(ENOSPC\\); make room and try again\\n$`,
    ),
  );

describe.skipIf(process.platform !== 'linux')('a full or closed screen costs what it would show, and no more', () => {
  it.each(programs)('%s (%s)', { timeout: 120_000 }, (name, file, ...args) => {
    const full = run('>/dev/full', file, args);
    expect([full.status, full.stderr]).toEqual([1, lost(name)]);
    for (const to of ['2>/dev/full', '2>&-', '2>&1 | head -c 1']) expect(run(to, file, args).status, to).toBe(0);
  });

  it('swap, whose training ends', { timeout: 300_000 }, () => {
    const args = ['plain', '--iterations', '1', '--batch', '1', '--engine', 'wasm', '--json'];
    const full = run('>/dev/full', 'examples/swap/dist/cli.js', args);
    expect([full.status, full.stderr]).toEqual([1, lost('swap')]);
  });
});
