import { closeSync, constants, fstatSync, openSync, readFileSync as readAll, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A pipe is opened without waiting for somebody who writes into it. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file that is read, one whose end will come: a pipe might wait for ever, a device never end.
 *
 * @throws the system's error, or an Error that says what it is instead, to go on after the file's name.
 */
export async function openFile(path: string | URL): Promise<FileHandle> {
  const handle = await open(path, flags);
  try {
    requirePlain(await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** {@link openFile} at once. @returns its descriptor */
export function openFileSync(path: string | URL): number {
  const descriptor = openSync(path, flags);
  try {
    requirePlain(fstatSync(descriptor));
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** What is in a file, as bytes or as text. In place of Node's own, which waits for pipes and devices. @throws see {@link openFile} */
export async function readFile(path: string | URL): Promise<Buffer>;
export async function readFile(path: string | URL, encoding: 'utf8'): Promise<string>;
export async function readFile(path: string | URL, encoding?: 'utf8'): Promise<Buffer | string> {
  const handle = await openFile(path);
  try {
    return await handle.readFile(encoding ?? null);
  } finally {
    await handle.close();
  }
}

/** {@link readFile} at once. */
export function readFileSync(path: string | URL): Buffer;
export function readFileSync(path: string | URL, encoding: 'utf8'): string;
export function readFileSync(path: string | URL, encoding?: 'utf8'): Buffer | string {
  const descriptor = openFileSync(path);
  try {
    return readAll(descriptor, encoding ?? null);
  } finally {
    closeSync(descriptor);
  }
}

function requirePlain(found: Stats): void {
  if (found.isFile()) return;
  const what = found.isDirectory() ? 'a folder' : found.isFIFO() ? 'a pipe' : found.isSocket() ? 'a socket' : 'a device';
  throw Object.assign(new Error(`it is ${what}, and a file is expected`), { code: found.isDirectory() ? 'EISDIR' : 'ENOTSUP' });
}
