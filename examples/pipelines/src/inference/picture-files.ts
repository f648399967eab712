import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { isPictureFile, pictureForms } from '@wsss/datasets';

/** An image file, and the name that its results get: its path without the folder that was searched and without its ending. */
export interface PictureFile {
  file: string;
  name: string;
}

/**
 * Image files: those given, and those in folders given (and their sub-folders but `except`, by their endings, in the order of their
 * names). Names that would be alike are numbered.
 *
 * @throws Error naming a path that does not exist, or saying that there is no image.
 */
export async function picturesAt(paths: readonly string[], except?: string): Promise<PictureFile[]> {
  const found: { file: string; path: string }[] = [];
  for (const path of paths) {
    const kind = await stat(path).catch(() => undefined);
    if (!kind) throw new Error(`${path} does not exist; give image files, or folders that hold some`);
    if (!kind.isDirectory()) found.push({ file: path, path: basename(path) });
    else for (const file of await filesUnder(path, except)) found.push({ file, path: relative(path, file) });
  }
  if (!found.length)
    throw new Error(`no image in ${paths.join(', ')}; looked for ${pictureForms.flatMap(({ endings }) => endings).join(' ')}`);
  const taken = new Set<string>();
  return found.map(({ file, path }) => {
    const plain = path.slice(0, path.length - extname(path).length);
    let name = plain;
    for (let number = 2; taken.has(name); number++) name = `${plain}-${number}`;
    taken.add(name);
    return { file, name };
  });
}

async function filesUnder(folder: string, except?: string): Promise<string[]> {
  if (except !== undefined && resolve(folder) === resolve(except)) return [];
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) for (const file of await filesUnder(path, except)) files.push(file);
    else if (isPictureFile(entry.name)) files.push(path);
  }
  return files;
}
