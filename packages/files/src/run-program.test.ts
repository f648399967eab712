import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runProgram } from './run-program.js';
import { LinesError } from './system-errors.js';

let said = '';
let code: typeof process.exitCode;
beforeEach(() => {
  said = '';
  code = process.exitCode;
  process.exitCode = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    said += text;
    return true;
  });
});
afterEach(() => {
  process.exitCode = code;
  vi.restoreAllMocks();
});

const hostile = 'a\nmcc: all is well\r\u001b[2J\u009b2J\u202e.png';
const shown = 'a\\u000amcc: all is well\\u000d\\u001b[2J\\u009b2J\\u202e.png';

it('says what an error says in one line, whatever names are in it', async () => {
  await runProgram('mcc', async () => {
    throw new Error(`${hostile} is damaged`);
  });
  expect([said, process.exitCode]).toEqual([`mcc: ${shown} is damaged\n`, 1]);
});

it('says several things a line each', async () => {
  await runProgram('mcc', async () => {
    throw new LinesError(['two records are damaged:', `  ${hostile}`, '  b']);
  });
  expect(said).toBe(`mcc: two records are damaged:\n  ${shown}\n  b\n`);
});

it('lets nothing act on a terminal while it runs', async () => {
  await runProgram('mcc', async () => process.stderr.write('a\u001b[2J\n'));
  expect([said, process.exitCode]).toEqual(['a\\u001b[2J\n', 0]);
});

it('leaves out the middle of what is too long to be read', async () => {
  await runProgram('mcc', async () => {
    throw new Error(`crop is ${'1'.repeat(1e6)}, expected less`);
  });
  expect(said.length).toBeLessThan(6000);
  expect(said).toMatch(/^mcc: crop is 1+ … 1+, expected less\n$/);
});

it('shows where an error arose, if asked for', async () => {
  await runProgram(
    'mcc',
    async () => {
      throw new Error('why');
    },
    () => true,
  );
  expect(said).toMatch(/^mcc: Error: why\n {4}at /);
});
