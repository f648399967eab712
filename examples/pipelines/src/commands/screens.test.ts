import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { harmless } from './screens.js';

it('lets bars draw, and nothing else act', () => {
  const drawn = '\rtrain 1/2 \u001b[K';
  expect(harmless(drawn)).toBe(drawn);
  expect(harmless('\r\u001b[Ktext\n')).toBe('\r\u001b[Ktext\n');
  expect(harmless('mcc: a\u001b[2J\rb\u0007 c\td\n')).toBe('mcc: a\\u001b[2J\\u000db\\u0007 c\td\n');
  expect(harmless('\rtrain a\u001b[K\u001b[1Ab\u001b[K')).toBe('\rtrain a\\u001b[K\\u001b[1Ab\u001b[K');
});

it.skipIf(process.platform !== 'linux')('is one line and an exit code where standard output is full', () => {
  const module = new URL('../../dist/cli.js', import.meta.url).pathname;
  const program = `import(${JSON.stringify(module)}).then(({ main }) => main(['node', 'mcc', 'weights', 'fetch']))`;
  const run = (to: string) =>
    spawnSync('bash', ['-c', `"$0" -e "$1" ${to}`, process.execPath, program], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  const full = run('>/dev/full');
  expect([full.status, full.stderr]).toEqual([
    1,
    'mcc: results could not be written to standard output: the disk is full (ENOSPC); make room and try again\n',
  ]);
  expect(run('2>/dev/full').status).toBe(0);
});
