import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';

/**
 * Makes a folder for results before anything is computed.
 *
 * @throws Error naming the folder if it cannot be made or written.
 */
export async function makeOutputFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EACCES' || code === 'EROFS' || code === 'EPERM'
        ? 'it is not writable'
        : code === 'EEXIST' || code === 'ENOTDIR'
          ? 'there is a file of that name'
          : message;
    throw new Error(`--out: nothing can be written to ${folder}: ${reason}; choose another folder`, { cause: error });
  }
}
