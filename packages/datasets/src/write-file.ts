import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';

/**
 * Writes a file that appears only when it is complete.
 *
 * @param what errors call it: `label PNG`
 * @param write writes it by another name
 * @throws Error naming the file; then nothing is left of it
 */
export async function writeWhole(what: string, path: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.tmp`;
  try {
    await write(unfinished);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new Error(`cannot write ${what} ${path}: ${(error as Error).message}`, { cause: error });
  }
}
