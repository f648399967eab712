import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { isRunning, thisProcess } from './process-identity.js';

it('knows whether a process is still there', async () => {
  const self = thisProcess();
  expect(isRunning(self)).toBe(true);
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  expect(isRunning({ ...self, pid: child.pid!, began: null })).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning({ ...self, pid: child.pid!, began: null })).toBe(false);
});

it('tells another process of the same number, and another start of the machine', () => {
  const self = thisProcess();
  if (self.began !== null) expect(isRunning({ ...self, began: '1' })).toBe(false);
  if (self.boot !== null) expect(isRunning({ ...self, boot: 'earlier' })).toBe(false);
});

it('does not know of other machines', () => {
  expect(isRunning({ ...thisProcess(), host: 'elsewhere' })).toBeUndefined();
  expect(isRunning({ ...thisProcess(), space: 'pid:[1]' })).toBeUndefined();
});
