import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** How often something is tried where another process makes or removes what it needs. */
const attempts = 200;
const never = new Int32Array(new SharedArrayBuffer(4));

/** Errors of work that was tried often enough. What it is a part of is not tried again for them. */
const lasting = new WeakSet<object>();

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/**
 * Does again what failed because a file or folder is missing, which another process may just have removed: up to 200 times, with pauses
 * of random length below 1 ms, so that it does not keep step with the other one and always come at the wrong moment.
 *
 * @param work what may fail. Work in it that was tried so often itself is not tried again.
 * @param isPassing whether an error may be due to another process. Default: `ENOENT`.
 * @throws what `work` throws at last, or that does not pass.
 */
export function retryIfGone<T>(work: () => T, isPassing = (error: unknown) => codeOf(error) === 'ENOENT'): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (!isPassing(error) || lasting.has(error as object)) throw error;
      if (attempt === attempts) {
        lasting.add(error as object);
        throw error;
      }
      Atomics.wait(never, 0, 0, Math.random());
    }
  }
}

/**
 * Makes a folder and those above it that are missing. Unlike Node's own recursive `mkdir` it ends where a folder can never be made, as in
 * `/proc`, and other processes may make and remove the same folders meanwhile.
 *
 * @returns the folders that were made, outermost first.
 * @throws the system's error, for instance where a file has the name.
 */
export function makeFolder(folder: string): string[] {
  const path = resolve(folder);
  const made = new Set<string>();
  const isPassing = (error: unknown) => codeOf(error) === 'ENOENT' || (codeOf(error) === 'EEXIST' && !isInTheWay(path));
  retryIfGone(() => {
    if (!existsSync(dirname(path))) for (const above of makeFolder(dirname(path))) made.add(above);
    try {
      mkdirSync(path);
      made.add(path);
    } catch (error) {
      if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
    }
  }, isPassing);
  return [...made];
}

/** Whether something that is not a folder has the name. What is a folder or nothing now was something else when it failed. */
function isInTheWay(path: string): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there !== undefined && !there.isDirectory();
}
