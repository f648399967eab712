import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { interruptible } from './interruptible.js';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});
const printed = () => {
  let text = '';
  vi.spyOn(process.stderr, 'write').mockImplementation(part => Boolean((text += part)));
  return () => text;
};

it('gives what the work gives, and shows a bar for each label', async () => {
  const text = printed();
  const found = await interruptible({ every: { seconds: 0 } }, async ({ onProgress }) => {
    for (const label of ['train', 'val']) onProgress(2, 2, label);
    return 7;
  });
  expect([found, process.exitCode]).toEqual([7, undefined]);
  expect(text()).toMatch(/train.*2\/2.*\n.*val.*2\/2/);
});

it('ends with 130 where work is stopped, whether it gives nothing or throws', async () => {
  printed();
  const stop = async (signal: AbortSignal) => {
    process.kill(process.pid, 'SIGINT');
    while (!signal.aborted) await eventLoopTurn();
  };
  expect(await interruptible({}, ({ signal }) => stop(signal).then(() => undefined))).toBeUndefined();
  expect(process.exitCode).toBe(130);
  process.exitCode = undefined;
  expect(await interruptible({}, ({ signal }) => stop(signal).then(() => signal.throwIfAborted()))).toBeUndefined();
  expect(process.exitCode).toBe(130);
});

it('lets errors pass', async () => {
  await expect(interruptible({}, () => Promise.reject(new Error('no such folder')))).rejects.toThrow('no such folder');
});
