import { copyFile, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.js';
import { reasonOf } from './system-errors.js';

let written = 0;
const temporaryName = (file: string) => `${file}.${process.pid}-${written++}.tmp`;

/** Whether a name is that of a file which was being written when its process was killed. */
export const isUnfinished = (name: string): boolean => /\.\d+-\d+\.tmp$/.test(name);

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
    for (const made of makeFolder(dirname(file))) await flushFolder(dirname(made));
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
    throw new Error(`${file} could not be written: ${reasonOf(error)}. An earlier version of it is unchanged.`, { cause: error });
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
    throw new Error(`${name} could not be made from ${file}: ${reasonOf(error)}.`, { cause: error });
  } finally {
    // Renaming one name of a file to another of the same file leaves both.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  await flushFolder(dirname(name));
}

/** Makes the names in a folder durable, where the system lets a folder be opened. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
