import { existsSync, realpathSync } from 'node:fs';
import { copyFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { ResultFolder, writeAtomically } from '@wsss/files';
import pLimit from 'p-limit';
import { readLabelPng } from '../images/read-label-png.js';
import { readPicture } from '../images/read-picture.js';
import { withoutEnding } from '../images/short-names.js';
import { maskOfPicture } from '../images/upright-mask.js';
import { writePalettePng } from '../images/write-palette-png.js';
import { inUnfinishedFolder, requireEmpty } from '../unfinished-folder.js';
import { writeWhole } from '../write-file.js';
import { classesField } from './forms/csv.js';
import { type FolderLists, folderLists, pathsOf, withoutSplit } from './lists.js';
import type { ListedPicture } from './picture-list.js';

/** What {@link importFolder} has taken, and what it has left. */
export interface ImportReport {
  from: string;
  /** Names of {@link listForms}. */
  forms: string[];
  classes: string[];
  taken: number;
  withMask: number;
  /** How many were taken for each split; empty where the data is not divided. */
  splits: Record<string, number>;
  /** Pictures and objects that are not in the new folder, and why: a sentence each. */
  leftOut: string[];
  /** How the data was read where that is not plain. */
  notes: string[];
}

export interface ImportOptions {
  /** A folder in one of the {@link listForms}. */
  from: string;
  /** Folder that is made; must not exist, or be empty. */
  out: string;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** A picture that may be taken: its name among all, and its split. */
interface Candidate {
  picture: ListedPicture;
  name: string;
  split?: string;
  maskFile?: string;
}

/**
 * Copies what annotation tools have exported into a plain folder, which {@link openFolder} reads and people can: `labels.csv`,
 * `classes.txt`, the pictures in `images/` as they are, their masks as palette PNGs in `masks/`, and this report in `import.json`. Every
 * picture and mask is read; one that cannot be used, or has an object that cannot, is left out. Names that are no file's on every system,
 * or that differ in their ending alone, become others.
 *
 * @returns the report; undefined if it was interrupted, and then nothing is left
 * @throws Error if `out` is not empty or lies in what is read, nothing can be taken, or a file cannot be written; then nothing is left
 * @example
 * const report = await importFolder({ from: 'cvat-export', out: 'birds' });
 */
export async function importFolder({ from, out, onProgress, signal }: ImportOptions): Promise<ImportReport | undefined> {
  const found = await stat(from).catch(() => undefined);
  if (found && !found.isDirectory()) throw new Error(`${from} is a file; unpack it first, and give the folder`);
  await requireEmpty(out);
  requireApart(from, out);
  const lists = await folderLists(from);
  const all = candidatesOf(lists);
  const classes = plainClasses(lists.classes, from);
  const leftOut = [...all.refused];
  for (const { name, lists: those } of lists.parts)
    for (const { leftOut: reasons } of those) leftOut.push(...reasons.map(reason => inPart(name, reason)));
  const renamed = lists.classes.flatMap((name, k) =>
    name === classes[k] ? [] : [`the class ${JSON.stringify(name)} is now ${classes[k]}`],
  );
  const notes = [...notesOf(lists), ...renamed];
  return inUnfinishedFolder(out, 'wsss import 1', async folder => {
    const taken = await copyAll(folder, all.candidates, { lists, leftOut, onProgress, signal });
    if (signal?.aborted) return undefined;
    if (!taken.length) throw new Error(`${from}: nothing can be taken: ${leftOut[0] ?? 'it lists no picture'}`);
    const classOf = (name: string) => classes[lists.classes.indexOf(name)]!;
    const divided = taken.some(({ split }) => split);
    const rows = taken.map(({ file, names, split }) =>
      [file, classesField(names.map(classOf)), ...(divided ? [split ?? ''] : [])].map(quoted).join(','),
    );
    await writeAtomically(join(folder, 'classes.txt'), `${classes.join('\n')}\n`);
    await writeAtomically(join(folder, 'labels.csv'), `file,classes${divided ? ',split' : ''}\n${rows.join('\n')}\n`);
    const splits: Record<string, number> = Object.create(null);
    for (const { split } of taken) if (split) splits[split] = (splits[split] ?? 0) + 1;
    const report: ImportReport = {
      ...{ from, forms: [...new Set(lists.parts.map(({ form }) => form))], classes, taken: taken.length },
      ...{ withMask: taken.filter(({ hasMask }) => hasMask).length, splits, leftOut: leftOut.sort(), notes },
    };
    await writeAtomically(join(folder, 'import.json'), `${JSON.stringify(report, null, 2)}\n`);
    return report;
  });
}

const inPart = (part: string, reason: string) => (part ? `${part}: ${reason}` : reason);
const quoted = (text: string) => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function notesOf({ parts, unused }: FolderLists): string[] {
  return [
    ...parts.flatMap(({ name, lists, unmatched, pictures }) => [
      ...lists.flatMap(list => list.notes.map(note => inPart(name, note))),
      ...unmatched.map(file => inPart(name, `masks/${file} belongs to no picture of the list`)),
      ...(name ? [] : withoutSplit(pictures)),
    ]),
    ...(unused.length ? [`no annotation has the category ${unused.join(', ')}, so it is no class`] : []),
  ];
}

/** @throws Error if a folder to be made lies in one that is read */
function requireApart(from: string, out: string): void {
  let above = resolve(out);
  const below: string[] = [];
  while (!existsSync(above)) {
    below.unshift(basename(above));
    above = dirname(above);
  }
  if (!existsSync(from)) return;
  const [real, read] = [join(realpathSync(above), ...below), realpathSync(from)];
  if (real === read || real.startsWith(read.endsWith(sep) ? read : read + sep))
    throw new Error(`${out} lies in ${from}, which is read; choose another folder`);
}

/** Pictures by the name that each has among all. */
function candidatesOf({ parts }: FolderLists): { candidates: Candidate[]; refused: string[] } {
  const refused: string[] = [];
  const named = new Map<string, Candidate>();
  for (const part of parts) {
    const paths = pathsOf(part.pictures);
    for (const [i, picture] of part.pictures.entries()) {
      const name = part.name ? `${part.name}/${paths[i]}` : paths[i]!;
      const split = part.name || picture.split;
      const maskFile = part.masks.get(picture);
      const other = named.get(name);
      if (picture.problem) refused.push(inPart(part.name, `${picture.origin}: image ${picture.id} ${picture.problem}`));
      else if (other) refused.push(`${picture.origin}: image ${picture.id} is named by ${other.picture.origin}, too`);
      else named.set(name, { picture, name, ...(split && { split }), ...(maskFile && { maskFile }) });
    }
  }
  return { candidates: [...named.values()], refused };
}

/** Class names as lines of a file have them. @throws Error if two become one */
function plainClasses(names: readonly string[], from: string): string[] {
  const plain = names.map(name => name.replace(/[\r\n]+/g, ' ').trim());
  const wrong = plain.findIndex((name, k) => name === '' || plain.indexOf(name) < k);
  if (wrong >= 0)
    throw new Error(
      `${from}: the class ${JSON.stringify(names[wrong])} ` +
        `${plain[wrong] ? 'differs from another in spaces alone' : 'has no name'}; rename it`,
    );
  return plain;
}

interface Taken {
  file: string;
  names: readonly string[];
  split?: string;
  hasMask: boolean;
}

/** Copies pictures and writes masks, a few at a time; the result is in the order of the candidates. */
async function copyAll(
  folder: string,
  candidates: readonly Candidate[],
  job: { lists: FolderLists; leftOut: string[] } & Pick<ImportOptions, 'onProgress' | 'signal'>,
): Promise<Taken[]> {
  const { lists, leftOut, onProgress, signal } = job;
  // A list's path is looked for in the folder, and in images/: none may begin with a folder that is there.
  const isTaken = (name: string) => /^(images|masks)(\/|$)/i.test(name);
  const results = new ResultFolder(
    folder,
    candidates.map(({ name }) => name),
    name => (isTaken(name) ? '' : withoutEnding(name)),
  );
  const labelOf = (name: string) => lists.classes.indexOf(name) + 1;
  let done = 0;
  let failure: unknown;
  const take = async ({ picture, split, maskFile }: Candidate, i: number): Promise<Taken | undefined> => {
    if (signal?.aborted || failure) return undefined;
    let names: readonly string[];
    let mask: Awaited<ReturnType<typeof maskOfPicture>>['mask'] | undefined;
    try {
      await readPicture(picture.path);
      names = typeof picture.classes === 'function' ? await picture.classes() : picture.classes;
      const read = maskFile ? readLabelPng(maskFile) : picture.mask?.(labelOf);
      const called = maskFile ? `mask ${maskFile}` : `the mask of ${picture.id}`;
      mask = read && (await maskOfPicture(called, read, picture.path, lists.classes.length)).mask;
    } catch (error) {
      leftOut.push(`${picture.origin}: ${(error as Error).message}`);
      return undefined;
    }
    const ending = /^\.[a-z0-9]{1,5}$/.exec(extname(picture.path).toLowerCase())?.[0] ?? '.img';
    try {
      await writeWhole('image', results.place('images', i, ending), unfinished => copyFile(picture.path, unfinished));
      if (mask) await writePalettePng(results.place('masks', i, '.png'), mask);
    } catch (error) {
      failure ??= error;
      return undefined;
    }
    onProgress?.(++done, candidates.length);
    return { file: results.path('images', i, ending).slice('images/'.length), names, ...(split && { split }), hasMask: mask !== undefined };
  };
  // All that are under way end before an error is thrown, so that nothing is written after it.
  const taken = await pLimit(4).map([...candidates.entries()], ([i, candidate]) => take(candidate, i));
  if (failure) throw failure;
  return taken.flatMap(found => found ?? []);
}
