import { once } from 'node:events';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

const root = mkdtempSync(join(tmpdir(), 'folders-'));

it('makes what is missing, and says what it made', () => {
  expect(makeFolder(join(root, 'a/b/c'))).toEqual(['a', 'a/b', 'a/b/c'].map(path => join(root, path)));
  expect(makeFolder(join(root, 'a/b/c'))).toEqual([]);
});

it('throws the error of the system where there can be no folder', () => {
  writeFileSync(join(root, 'file'), '');
  symlinkSync(join(root, 'nothing'), join(root, 'dangling'));
  expect(() => makeFolder(join(root, 'file'))).toThrow('EEXIST');
  expect(() => makeFolder(join(root, 'file/x'))).toThrow('ENOTDIR');
  expect(() => makeFolder(join(root, 'dangling'))).toThrow('EEXIST');
});

it.skipIf(process.platform !== 'linux')('ends in /proc, where Node itself would not', () => {
  expect(() => makeFolder('/proc/x/y')).toThrow('ENOENT');
});

it('is not misled by another process that makes and removes the same folders', async () => {
  const folder = join(root, 'contested');
  const worker = new Worker(
    `const { mkdirSync, rmdirSync } = require('node:fs');
     const never = new Int32Array(new SharedArrayBuffer(4));
     for (;;) for (const [change, end] of [[mkdirSync, ''], [mkdirSync, '/deep'], [rmdirSync, '/deep'], [rmdirSync, '']]) {
       try { change(${JSON.stringify(folder)} + end) } catch {}
       Atomics.wait(never, 0, 0, 0.1 * Math.random());
     }`,
    { eval: true },
  );
  try {
    await once(worker, 'online');
    for (let turn = 0; turn < 10_000; turn++) expect(() => makeFolder(join(folder, 'deep'))).not.toThrow();
  } finally {
    await worker.terminate();
  }
});
