import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { retryIfGone } from './retry-if-gone.js';

it('tries 200 times, also where what it tries does so itself, and at once gives up what no other process can cause', () => {
  const turns = { gone: 0, other: 0 };
  const gone = () => {
    turns.gone++;
    readFileSync(join(import.meta.dirname, 'nothing'));
  };
  expect(() => retryIfGone(() => retryIfGone(gone))).toThrow('ENOENT');
  const other = () => {
    turns.other++;
    readFileSync(import.meta.dirname);
  };
  expect(() => retryIfGone(other)).toThrow('EISDIR');
  expect(turns).toEqual({ gone: 200, other: 1 });
});
