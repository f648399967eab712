import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

let written = 0;

/**
 * Writes a file so that others see either the old content or the whole new one, even when the process or the machine stops in between:
 * to a temporary name in the same folder, flushed to the disk, then renamed. Missing folders are made.
 *
 * @param file path of the file; replaced if it exists.
 * @param data its whole content; text is written as UTF-8.
 * @throws Error naming the file if it cannot be written; the temporary file is removed then.
 */
export async function writeAtomically(file: string, data: string | Uint8Array): Promise<void> {
  const folder = dirname(file);
  const temporary = `${file}.${process.pid}-${written++}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
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
  await flushFolder(folder);
}

/** Makes the rename itself durable, where the system lets a folder be opened. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
