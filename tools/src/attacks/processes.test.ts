import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

// The short forms of `pnpm test:two`, `test:screens` and `test:kills`, with the programs as built.
const programs: [what: string, script: string, ...args: string[]][] = [
  [
    'two to four processes on one run folder: one wins, and the run ends as an undisturbed one',
    'two-processes',
    '--rounds',
    '1',
    '--seed',
    '3',
  ],
  ['2>&1 | head -1, full and closed screens, a closed terminal: training ends as asked, saved', 'screens'],
  ['commands that are killed and run again', 'kills', '--kills', '1'],
];

describe.skipIf(process.platform === 'win32')('processes that are disturbed', () => {
  it.each(programs)('%s', { timeout: 600_000 }, (_, script, ...args) => {
    const file = resolve(import.meta.dirname, `../../scripts/${script}.mjs`);
    const env = { ...process.env, NODE_OPTIONS: '' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args, '--engine', 'wasm'], { encoding: 'utf8', env });
    expect([status, status ? `${stdout}${stderr}` : '']).toEqual([0, '']);
  });
});
