import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are missing. Unlike Node's own recursive `mkdir` it ends where a folder can never be made, as in
 * `/proc`.
 *
 * @returns the folders that were made, outermost first.
 * @throws the system's error, for instance where a file has the name.
 */
export function makeFolder(folder: string): string[] {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  const made = missing.filter(makeOne);
  if (!missing.length && !isFolder(folder)) mkdirSync(folder); // throws
  return made;
}

function makeOne(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (isFolder(folder)) return false; // another process was quicker
    throw error;
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
