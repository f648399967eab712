import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** How often something is tried where another process removes what it needs. */
const attempts = 100;

/**
 * Does again what failed because a file or folder is missing, which another process may just have removed: up to 100 times.
 *
 * @throws what `work` throws at last, or that is of another kind.
 */
export function retryIfGone<T>(work: () => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (attempt === attempts || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
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
  for (let attempt = 1; ; attempt++) {
    if (!existsSync(dirname(path))) for (const above of makeFolder(dirname(path))) made.add(above);
    try {
      mkdirSync(path);
      return [...made, path];
    } catch (error) {
      const there = lstatSync(path, { throwIfNoEntry: false });
      const target = there?.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : there;
      if (target?.isDirectory()) return [...made];
      // Where nothing is there now, something was that is gone again, or the folder above it was gone.
      const { code } = error as NodeJS.ErrnoException;
      if (there || attempt === attempts || (code !== 'EEXIST' && code !== 'ENOENT')) throw error;
    }
  }
}
