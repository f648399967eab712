import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { retryIfGone } from './retry-if-gone.js';

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
  const isPassing = (error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || (code === 'EEXIST' && !isInTheWay(path));
  };
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
