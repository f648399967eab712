import { copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

let written = 0;
const temporaryName = (file: string) => `${file}.${process.pid}-${written++}.tmp`;

/**
 * Writes a file so that others see either the old content or the whole new one, even when the process or the machine stops in between:
 * to a temporary name in the same folder, flushed to the disk, then renamed, then the folder flushed. Missing folders are made; text is
 * written as UTF-8.
 *
 * @throws Error naming the file if it cannot be written; the temporary file is removed then. Its `cause` is the system's error.
 */
export async function writeAtomically(file: string, data: string | Uint8Array): Promise<void> {
  const temporary = temporaryName(file);
  try {
    await makeFolder(dirname(file));
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new Error(`${file} could not be written: ${(error as Error).message}. An earlier version of it is unchanged.`, { cause: error });
  }
  await flushFolder(dirname(file));
}

/**
 * Gives a file a second name, atomically: a hard link, which takes no space, or a copy where the file system has no such links. An
 * earlier file of the name, which must be on the same file system, is replaced.
 *
 * @throws Error naming both if that fails; an earlier file of the name is unchanged.
 */
export async function linkAtomically(file: string, name: string): Promise<void> {
  const temporary = temporaryName(name);
  try {
    await link(file, temporary).catch(() => copyFile(file, temporary));
    await rename(temporary, name);
  } catch (error) {
    throw new Error(`${name} could not be made from ${file}: ${(error as Error).message}.`, { cause: error });
  } finally {
    // Renaming one name of a file to another of the same file leaves both.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  await flushFolder(dirname(name));
}

/** Whether an error, or what caused it, is that there is no room on the disk, or none of the user's share. */
export function isDiskFull(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException & { cause?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || (cause !== undefined && isDiskFull(cause));
}

/** Makes a folder and those above it, durably. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (!first) return;
  for (let made = resolve(folder); made.length >= resolve(first).length; made = dirname(made)) await flushFolder(dirname(made));
}

/** Makes the names in a folder durable, where the system lets a folder be opened. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
