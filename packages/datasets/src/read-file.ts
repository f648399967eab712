import { readFile } from 'node:fs/promises';

/**
 * Reads a file.
 *
 * @param what errors call it: `label PNG`
 * @param parse makes something of its bytes; what it throws goes on after the file's name
 * @throws Error naming the file and what is wrong
 */
export async function readParsed<T>(what: string, path: string, parse: (bytes: Buffer) => T): Promise<T> {
  try {
    return parse(await readFile(path));
  } catch (error) {
    throw new Error(`cannot read ${what} ${path}: ${whyUnreadable(error)}`, { cause: error });
  }
}

/** Why a file cannot be read, as a sentence that goes on after its name. */
export const whyUnreadable = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'the file does not exist' : (error as Error).message;

/** What a list of missing files says after the first of them. */
export const andMore = (count: number) => (count > 1 ? ` (and ${count - 1} more)` : '');

/** What to do if a file begins like a pointer of Git Large File Storage, else undefined. */
export function lfsPointer(start: Uint8Array): string | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 64)).toString('latin1');
  return text.startsWith('version https://git-lfs') ? 'it is a Git LFS pointer, not the file itself; run "git lfs pull"' : undefined;
}
