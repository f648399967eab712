import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeError, isDiskFull, reasonOf, systemCode } from './system-errors.js';

function thrown(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

it('puts the errors of the system into words', () => {
  expect(reasonOf(thrown(() => readFileSync('/')))).toBe('it is a folder, and a file is expected');
  expect(reasonOf(thrown(() => readFileSync('/nowhere/x')))).toBe('it does not exist');
  expect(describeError(thrown(() => readFileSync('/nowhere/x')))).toBe('/nowhere/x: it does not exist');
});

it.skipIf(process.platform !== 'linux')('knows a full disk, also as a cause', () => {
  const error = thrown(() => writeFileSync('/dev/full', 'x'));
  expect(isDiskFull(new Error('could not be written', { cause: error }))).toBe(true);
  expect(systemCode(new Error('a', { cause: new Error('b', { cause: error }) }))).toBe('ENOSPC');
  expect(reasonOf(error)).toBe('the disk is full (ENOSPC); make room and try again');
  expect(isDiskFull(new Error('x'))).toBe(false);
});

it('finds them inside other texts', () => {
  const inside = new Error("cannot write label PNG a.png: ENOSPC: no space left on device, open 'a.png.1.tmp'");
  expect(describeError(inside)).toBe('cannot write label PNG a.png: a.png.1.tmp: the disk is full (ENOSPC); make room and try again');
  const rename = new Error("EXDEV: cross-device link not permitted, rename '/a' -> '/b'");
  expect(describeError(rename)).toBe('/b: it lies on another file system');
  expect(describeError(new Error('crop 250 is no multiple of 16'))).toBe('crop 250 is no multiple of 16');
});

it('calls faults of the program by their name', () => {
  const fault = thrown(() => (undefined as unknown as { x: number }).x);
  expect(describeError(fault)).toMatch(/^a fault of this program.*TypeError.*--trace-errors/);
  const deep = (): number => 1 + deep();
  expect(describeError(thrown(deep))).toContain('nested too deep');
  expect(describeError('text')).toBe('text');
});
