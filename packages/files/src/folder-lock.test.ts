import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { FolderLock, LockLostError } from './folder-lock.js';
import { thisProcess } from './process-identity.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'lock-')), 'run');
  file = join(folder, 'run.lock');
});
const acquire = () => FolderLock.acquire(folder, { doing: 'a test' });
/** Puts the lock of another process there. */
async function foreign(change: object): Promise<void> {
  const lock = await acquire();
  const text = readFileSync(file, 'utf8');
  writeFileSync(join(folder, 'keep'), '');
  lock.release();
  writeFileSync(file, JSON.stringify({ ...JSON.parse(text), token: 'other', ...change }));
}

describe('FolderLock', () => {
  it('belongs to one, who is named to others', async () => {
    const lock = await acquire();
    lock.check();
    await expect(acquire()).rejects.toThrow(new RegExp(`run is in use by process ${process.pid} on .* \\(a test, since 20`));
    expect(readdirSync(folder)).toEqual(['run.lock']);
    lock.release();
    expect(existsSync(folder)).toBe(false); // it was made for the lock
    (await acquire()).release();
  });

  it('is had, too, where another process removes the folder while it is empty', async () => {
    const worker = new Worker(
      `const never = new Int32Array(new SharedArrayBuffer(4));
       for (;; Atomics.wait(never, 0, 0, 0.1)) try { require('node:fs').rmdirSync(${JSON.stringify(folder)}) } catch {}`,
      { eval: true },
    );
    try {
      await once(worker, 'online');
      for (let turn = 0; turn < 200; turn++) (await acquire()).release();
    } finally {
      await worker.terminate();
    }
  });

  it('does not count when its process is gone', async () => {
    await foreign({ pid: 2 ** 22 + 1 });
    const lock = await acquire();
    lock.check();
    expect(readdirSync(folder).sort()).toEqual(['keep', 'run.lock']);
    lock.release();
    expect(readdirSync(folder)).toEqual(['keep']);
  });

  it('of another machine counts for an hour', async () => {
    await foreign({ host: 'elsewhere' });
    await expect(acquire()).rejects.toThrow(/in use by process \d+ on elsewhere .*If it is gone, remove .*run\.lock, or wait for an hour/);
    const early = new Date(Date.now() - 3_700_000);
    utimesSync(file, early, early);
    (await acquire()).release();
  });

  it('says what to do with a damaged one', async () => {
    await foreign({});
    const whole = { format: 'wsss-lock-1', token: 't', pid: 1, host: 'h', doing: 'd', since: 's' };
    const wrong = [{ doing: undefined }, { since: 3 }, { host: 'h'.repeat(1e5) }, { pid: 'x' }, { token: {} }, { format: 'other' }];
    for (const text of ['{"format":', '', 'null', '[]', ...wrong.map(changes => JSON.stringify({ ...whole, ...changes }))]) {
      writeFileSync(file, text);
      await expect(acquire(), text.slice(0, 100)).rejects.toThrow(/run\.lock is damaged.*remove that file/);
    }
  });

  it('notices that the folder is gone, or taken', async () => {
    const lock = await acquire();
    await expect(foreign({})).rejects.toThrow('in use');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), token: 'x', pid: 7 }));
    expect(() => lock.check()).toThrow(LockLostError);
    expect(() => lock.check()).toThrow(/no longer this process's: it is now that of process 7/);
    lock.release();
    expect(existsSync(file)).toBe(true); // not ours any more
    rmSync(folder, { recursive: true });
    expect(() => lock.check()).toThrow('run.lock is gone');
  });

  it('goes on after a process that was killed while it took over', async () => {
    await foreign({ pid: 2 ** 22 + 1 });
    writeFileSync(`${file}.turn`, readFileSync(file));
    (await acquire()).release();
    expect(readdirSync(folder)).toEqual(['keep']);
  });

  it('clears what processes left that were killed while they took it, and nothing else', async () => {
    await foreign({ pid: 2 ** 22 + 1 });
    const text = readFileSync(file, 'utf8');
    const id = '44fe718f-2552-4c9a-ad5a-6f9db60a161';
    const left = (last: string) => `${file}.${id}${last}`;
    for (const last of ['a', 'b.turn']) writeFileSync(left(last), text);
    writeFileSync(left('c'), JSON.stringify({ ...JSON.parse(text), pid: process.pid, began: null })); // is taking it
    for (const last of ['d', 'e']) writeFileSync(left(last), ''); // says nothing
    utimesSync(left('d'), 1, 1);
    writeFileSync(`${file}.md`, text);
    (await acquire()).release();
    expect(readdirSync(folder).sort()).toEqual(['keep', `run.lock.${id}c`, `run.lock.${id}e`, 'run.lock.md']);
  });

  it('cannot be had where nothing can be written', async () => {
    await expect(FolderLock.acquire('/proc/x', { doing: 'a test' })).rejects.toThrow("/proc/x cannot be made this process's own");
  });

  const built = join(import.meta.dirname, '../dist/index.js');
  it.skipIf(!existsSync(built))('is held by one of four processes at a time, some of which are killed', { timeout: 60_000 }, async () => {
    const journal = `${folder}.journal`;
    const start = () =>
      spawn(process.execPath, [join(import.meta.dirname, 'test/lock-program.mjs'), built, folder, journal, '25'], { stdio: 'inherit' });
    const children = [start(), start(), start(), start()];
    for (let kill = 0; kill < 6; kill++) {
      await new Promise(done => setTimeout(done, 150));
      children[kill % 2]!.kill('SIGKILL');
      children[kill % 2] = start();
    }
    await Promise.all(children.map(async child => child.exitCode ?? once(child, 'exit')));
    expect(children.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    let inside: string | undefined;
    for (const line of readFileSync(journal, 'utf8').trim().split('\n')) {
      const [what, pid] = line.split(' ') as [string, string];
      if (what === 'out') expect(pid).toBe(inside); // who comes in after one that was killed takes its place
      inside = what === 'in' ? pid : undefined;
    }
    expect(thisProcess().pid).toBe(process.pid);
  });
});
