import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { makeFolder } from './make-folder.js';
import { resultNames } from './result-names.js';
import { reasonOf } from './system-errors.js';

/**
 * A folder with results called after records. It says where each belongs, inside the folder whatever the records are called, and makes
 * the folders on the way.
 *
 * @example
 * const results = new ResultFolder('pseudo', ids);
 * await writePalettePng(results.place('labels', 7, '.png'), map); // pseudo/labels/2007_000033.png
 */
export class ResultFolder {
  private readonly paths: readonly string[];

  /**
   * @param root the folder; made when the first place in it is asked for.
   * @param names of the records, each once.
   * @param wanted see {@link resultNames}.
   * @throws Error if two records have the same name.
   */
  constructor(
    readonly root: string,
    names: readonly string[],
    wanted?: (name: string) => string,
  ) {
    this.paths = resultNames(names, wanted);
  }

  /** The path of a result below the root, with `/` between folders. @param ending what comes after the record's name. */
  path(kind: string, record: number, ending: string): string {
    return `${kind}/${this.paths[record]!}${ending}`;
  }

  /**
   * Where to write a result. Missing folders are made.
   *
   * @throws Error if a symbolic link on the way leads out of the root, or a folder cannot be made.
   */
  place(kind: string, record: number, ending: string): string {
    return placeInside(this.root, this.path(kind, record, ending));
  }
}

/**
 * A path below a folder, with the folders on the way made.
 *
 * @param path of parts that {@link resultNames} made, or that are fixed.
 * @throws Error if a symbolic link on the way leads out of the folder, or a folder cannot be made.
 */
export function placeInside(root: string, path: string): string {
  makeFolder(root);
  const top = realpathSync(root);
  let folder = top;
  for (const part of dirname(path).split('/').filter(Boolean)) folder = enter(folder, part, top);
  return join(root, path);
}

/** The real path of a folder in a folder, which is made if it is missing. */
function enter(folder: string, part: string, top: string): string {
  const path = join(folder, part);
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new Error(`${path} cannot be made: ${reasonOf(error)}`, { cause: error });
  }
  let real: string;
  try {
    real = realpathSync(path);
    if (!statSync(real).isDirectory()) throw new Error('it is a file');
  } catch (error) {
    throw new Error(`${path} is no folder that results can go into: ${reasonOf(error)}`, { cause: error });
  }
  return insideOf(top, path, real);
}

function insideOf(top: string, path: string, real: string): string {
  if (real !== top && !real.startsWith(top.endsWith(sep) ? top : top + sep))
    throw new Error(`${path} is a symbolic link that leads out of ${top}, to ${real}; results stay inside their folder. Remove the link`);
  return real;
}

/** Makes sure that names in a folder which are there already do not lead out of it. @throws Error naming the first that does */
export function requireInside(folder: string, names: readonly string[]): void {
  for (const path of names.map(name => join(folder, name))) {
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    let real: string;
    try {
      real = realpathSync(path);
    } catch (error) {
      throw new Error(`${path} is a symbolic link that leads nowhere: ${reasonOf(error)}. Remove the link`, { cause: error });
    }
    const found = statSync(real);
    if (found.isFile() || found.isDirectory()) insideOf(realpathSync(folder), path, real); // a device holds nothing of others
  }
}

/**
 * Makes sure that a file which is added to is a plain one, or not there yet: what is written to a link goes elsewhere, and a pipe may wait
 * for ever.
 *
 * @throws Error naming the file if it is anything else.
 */
export function requirePlainOrNew(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found || found.isFile()) return;
  const what = found.isSymbolicLink() ? 'a symbolic link' : found.isDirectory() ? 'a folder' : 'a pipe or a device';
  throw new Error(`${file} is ${what}, and a file is expected that can be added to; remove it`);
}
