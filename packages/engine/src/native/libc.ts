import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from '@wsss/files';
import { declare } from './c-api.js';
import { koffi } from './koffi.js';

const process_ = koffi.load(null);

/** The functions of the C library in use. */
export const libc = {
  ...declare(process_, {
    dlopen: ['pointer', 'text', 'int'],
    dlerror: ['text'],
    setenv: ['int', 'text', 'text', 'int'],
    malloc: ['pointer', 'size'],
    free: ['void', 'pointer'],
    strdup: ['pointer', 'text'],
    dup: ['int', 'int'],
    dup2: ['int', 'int', 'int'],
    close: ['int', 'int'],
  }),
  /** Copies C memory into JavaScript's. */
  copyOut: declare(process_, { memcpy: ['void', 'memory', 'pointer', 'size'] }).memcpy,
  /** Copies JavaScript's memory into C's. */
  copyIn: declare(process_, { memcpy: ['void', 'pointer', 'memory', 'size'] }).memcpy,
};

/**
 * Loads a shared library for good. NODELETE, because TensorFlow crashes when it is unloaded at exit; GLOBAL, so that libraries loaded later
 * find it under its own name, wherever it lies.
 *
 * @throws with the loader's reason
 */
export function loadForGood(file: string): void {
  const [now, global, nodelete] = process.platform === 'darwin' ? [2, 8, 0x80] : [2, 0x100, 0x1000];
  if (libc.dlopen(file, now | global | nodelete) === 0) throw new Error(libc.dlerror());
}

const glibc = (signature: string): ((...values: number[]) => number) => {
  try {
    return process_.func(signature) as (...values: number[]) => number;
  } catch {
    return () => 0; // another C library, which does not need it
  }
};
const mallopt = glibc('int mallopt(int, int)');
const mallocTrim = glibc('int malloc_trim(size_t)');

/**
 * Lets the threads that follow share one malloc arena. glibc gives each its own, and what one of them has freed the others cannot use: an
 * iteration's tensors, made by one thread and freed by another, would take more memory than they need.
 */
export function shareOneArena(): void {
  const arenaMax = -8; // M_ARENA_MAX of glibc's malloc.h
  if (process.env.MALLOC_ARENA_MAX === undefined) mallopt(arenaMax, 1);
}

/** Gives the system back what malloc keeps of freed memory, for others to use: what an iteration's next part needs lies elsewhere. */
export function returnFreedMemory(): void {
  mallocTrim(0);
}

/** Runs something with what C code writes to the standard error going to `log` instead of the screen. */
export function withCapturedStderr<T>(run: () => T): { value: T; log: string } {
  const folder = mkdtempSync(join(tmpdir(), 'wsss-log-'));
  const file = join(folder, 'stderr');
  const screen = libc.dup(2);
  const sink = openSync(file, 'w');
  libc.dup2(sink, 2);
  let value: T;
  try {
    value = run();
  } finally {
    libc.dup2(screen, 2);
    libc.close(screen);
    closeSync(sink);
  }
  const log = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  return { value, log };
}
