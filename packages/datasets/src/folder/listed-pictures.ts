import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { readInstances } from '../coco/instances.js';
import { annotatedMask } from '../coco/mask-job.js';
import type { LabelMap } from '../dataset.js';
import { readCsv } from './read-csv.js';

/** A picture of your own data as its list or its place names it. */
export interface ListedPicture {
  path: string;
  /** Path below the folder of the split, with `/` on every system. */
  id: string;
  classes: readonly string[];
  /** Named in a column `split`. */
  split?: string;
  /** Where it is named, for messages. */
  origin: string;
  /** Its mask, where a list has outlines. */
  outlines?: () => Promise<LabelMap>;
}

/** What a list or folders name; `classes` where their order is given, too. */
export interface PictureList {
  pictures: ListedPicture[];
  classes?: string[];
}

/** The list in a folder: in the form of COCO, by the names that annotation tools give to it, or of comma-separated values. */
export const listIn = (folder: string): string | undefined =>
  ['annotations.json', '_annotations.coco.json', 'labels.csv'].map(name => join(folder, name)).find(path => existsSync(path));

const pictureFile = /\.(jpe?g|png|webp|bmp|tiff?|gif|avif)$/i;

/** Where the pictures lie that a list names: in `images/` beside it, or beside it. */
async function pathsBeside(list: string): Promise<(name: string) => string> {
  const inImages = new Set(await readdir(join(dirname(list), 'images')).catch(() => [] as string[]));
  return name => join(dirname(list), inImages.has(name) ? 'images' : '', name);
}

/**
 * Pictures of a `labels.csv`: a first row with the columns `file` and `classes`, in any order, and perhaps `split`; then a picture a row.
 * Several classes are separated by `;`, `|` or (in quotes) `,`; none is fine. Files are looked for beside the list and in `images/` there.
 *
 * @throws Error naming file and line if a column is missing or a file named twice
 */
export async function picturesOfCsv(path: string): Promise<PictureList> {
  const fail = (line: number, reason: string): never => {
    throw new Error(`${path} line ${line}: ${reason}`);
  };
  let rows: ReturnType<typeof readCsv>;
  try {
    rows = readCsv(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} ${(error as Error).message}`, { cause: error });
  }
  const header = rows[0]?.fields.map(name => name.toLowerCase()) ?? [];
  const [file, classes, split] = ['file', 'classes', 'split'].map(name => header.indexOf(name)) as [number, number, number];
  if (file < 0 || classes < 0)
    fail(rows[0]?.line ?? 1, `expected a first row "file,classes" (and perhaps "split"), found ${JSON.stringify(header.join(','))}`);
  const pathOf = await pathsBeside(path);
  const lines = new Map<string, number>();
  const pictures = rows.slice(1).map(({ line, fields }) => {
    if (fields.length !== header.length) fail(line, `${fields.length} fields instead of ${header.length}; quote fields that hold commas`);
    const name = fields[file]!;
    if (!name) fail(line, 'no file is named');
    if (lines.has(name)) fail(line, `${name} is named on line ${lines.get(name)} already`);
    lines.set(name, line);
    const names = fields[classes]!.split(/[;|,]/).map(word => word.trim());
    return {
      path: pathOf(name),
      id: name.replaceAll('\\', '/'),
      classes: [...new Set(names.filter(Boolean))],
      ...(split >= 0 && fields[split] && { split: fields[split] }),
      origin: `${basename(path)} line ${line}`,
    };
  });
  return { pictures };
}

/**
 * Pictures of a COCO-style list: their classes are those of their annotations; if every annotation has an outline, these are the masks.
 * Files are looked for beside the list and in `images/` beside it.
 *
 * @returns pictures, and the classes in the order of their ids, which is that of the masks' labels
 * @throws Error naming file and entry that is malformed, or the annotation that belongs to no image or category
 */
export async function picturesOfCocoList(path: string): Promise<PictureList> {
  let instances = await readInstances(path);
  const outlined = instances.refused.length === 0;
  if (!outlined) instances = await readInstances(path, { needSegmentation: false });
  if (instances.refused.length) throw new Error(`${path}: ${instances.refused[0]!.reason}`);
  const pathOf = await pathsBeside(path);
  const classes = instances.categories.map(({ name }) => name);
  const pictures = instances.images.map(image => ({
    path: pathOf(image.file),
    id: image.file,
    classes: [...new Set(image.annotations.map(({ label }) => classes[label - 1]!))],
    origin: `${basename(path)} image ${image.id}`,
    ...(outlined && { outlines: () => annotatedMask(path, image) }),
  }));
  return { pictures, classes };
}

/** Pictures of a folder in which each folder below is a class, at any depth in it; sorted. Folders `masks` and hidden ones are left out. */
export async function picturesOfClassFolders(folder: string): Promise<PictureList> {
  const pictures: ListedPicture[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'masks' || entry.name.startsWith('.')) continue;
    for (const found of await readdir(join(folder, entry.name), { recursive: true, withFileTypes: true })) {
      if (!found.isFile() || !pictureFile.test(found.name)) continue;
      const path = join(found.parentPath, found.name);
      const id = relative(folder, path).split(sep).join('/');
      pictures.push({ path, id, classes: [entry.name], origin: `folder ${entry.name}` });
    }
  }
  return { pictures: pictures.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** The mask of a picture: `masks/<its path>.png` beside the list, or the pictures' common folder. */
export const maskPathOf = (folder: string, id: string): string =>
  join(folder, 'masks', `${id.slice(0, id.length - extname(id).length)}.png`);
