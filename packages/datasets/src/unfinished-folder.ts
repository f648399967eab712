import { existsSync } from 'node:fs';
import { readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, parseJson, readFile } from '@wsss/files';

/** Says of an unfinished folder that it is one, and what was to go into it. */
const marker = 'unfinished.json';

/**
 * Makes a folder that appears only when it is complete; until then it is called `<out>.unfinished`. What a job that was killed left there
 * is removed.
 *
 * @param out must not exist, or be empty
 * @param format what goes into it, for the mark of an unfinished one
 * @param work writes into the folder that it is given; undefined if it was interrupted, and then nothing is left
 * @throws Error if `out` is not empty, or an unfinished folder is somebody else's; what `work` throws, and then nothing is left
 */
export async function inUnfinishedFolder<T>(
  out: string,
  format: string,
  work: (folder: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  await requireEmpty(out);
  const unfinished = `${out}.unfinished`;
  const marked = JSON.stringify({ format, unfinished: true });
  if (existsSync(unfinished)) {
    const text = await readFile(join(unfinished, marker), 'utf8').catch(() => '{}');
    if (JSON.stringify(parseJson(text, join(unfinished, marker))) !== marked)
      throw new Error(`${unfinished} is there and was not made by this program; move it away, or choose another folder`);
    await rm(unfinished, { recursive: true, force: true });
  }
  makeFolder(unfinished);
  try {
    await writeFile(join(unfinished, marker), marked);
    const result = await work(unfinished);
    if (result === undefined) return undefined;
    await rm(join(unfinished, marker));
    await rmdir(out).catch(() => undefined);
    await rename(unfinished, out);
    return result;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** @throws Error if something is there other than an empty folder */
export async function requireEmpty(out: string): Promise<void> {
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : undefined));
  if (names === undefined || names.length) throw new Error(`${out} exists already; choose another folder`);
}
