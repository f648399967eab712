import { readFile } from '@wsss/files';

/** What some work gives; an error in it is thrown with what was not possible in front: `cannot read label PNG a.png: it is truncated`. */
export async function named<T>(impossible: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${impossible}: ${whyUnreadable(error)}`, { cause: error });
  }
}

/** Reads and parses a file. @param what errors call it: `label PNG` @throws Error naming the file and what is wrong */
export const readParsed = <T>(what: string, path: string, parse: (bytes: Buffer) => T): Promise<T> =>
  named(`cannot read ${what} ${path}`, async () => parse(await readFile(path)));

/** Why a file cannot be read, as a sentence that goes on after its name. */
export const whyUnreadable = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'the file does not exist' : (error as Error).message.split('\n')[0]!;

/** What a list of missing files says after the first of them. */
export const andMore = (count: number) => (count > 1 ? ` (and ${count - 1} more)` : '');

/** What to do if a file begins like a pointer of Git Large File Storage, else undefined. */
export function lfsPointer(start: Uint8Array): string | undefined {
  const text = Buffer.from(start.buffer, start.byteOffset, Math.min(start.length, 64)).toString('latin1');
  return text.startsWith('version https://git-lfs') ? 'it is a Git LFS pointer, not the file itself; run "git lfs pull"' : undefined;
}
