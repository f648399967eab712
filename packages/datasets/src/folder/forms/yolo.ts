import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { readFile } from '@wsss/files';
import { parse } from 'yaml';
import { isPictureFile } from '../../images/picture-forms.js';
import { readPictureSize } from '../../images/read-picture.js';
import { withoutEnding } from '../../images/short-names.js';
import { readParsed } from '../../read-file.js';
import type { FolderContents, ListedPicture, ListForm, PictureList } from '../picture-list.js';
import { drawOutlines, type Outline, outlineProblem } from './outlines.js';

/**
 * YOLO segmentation: `data.yaml` with `names` and the folders of splits, or `classes.txt` (Label Studio); pictures in folders `images`, and
 * for each a text file in the folder `labels` beside it, a line an object: its class, and x, y of its outline as shares of the sides.
 */
export const yoloForm: ListForm = {
  name: 'YOLO segmentation',
  about:
    '`data.yaml` or `classes.txt`, pictures in `images/…` and a text file for each in `labels/…` ' +
    '(Ultralytics, Roboflow, CVAT, Label Studio)',
  find: async folder => (await descriptionOf(folder))?.what,
  read: async folder => [await picturesOfYolo(folder, (await descriptionOf(folder))!)],
};

interface Description {
  what: string;
  names: string[];
  splits: { split?: string; places: string[] }[];
}

async function descriptionOf({ path, files, folders }: FolderContents): Promise<Description | undefined> {
  for (const file of [...files].filter(name => /\.ya?ml$/i.test(name)).sort()) {
    const found = await readParsed('data description', join(path, file), bytes =>
      parse(bytes.toString('utf8'), { maxAliasCount: 10, logLevel: 'error' }),
    );
    const names = found?.names;
    if (typeof names !== 'object' || names === null) continue;
    const listed = Array.isArray(names) ? names : Object.keys(names).map((_, i) => (names as Record<string, unknown>)[i]);
    if (!listed.length || !listed.every(name => ['string', 'number', 'boolean'].includes(typeof name)))
      throw new Error(`${join(path, file)}: expected "names" to be class names, in a list or numbered from 0 on`);
    const splits = ['train', 'val', 'test'].flatMap(split => {
      const value = found[split] ?? (split === 'val' ? found.valid : undefined);
      const places = (Array.isArray(value) ? value : [value]).filter((place): place is string => typeof place === 'string' && place !== '');
      const base = typeof found.path === 'string' ? found.path : '';
      return places.length ? [{ split, places: places.map(place => join(base, place)) }] : [];
    });
    return { what: file, names: listed.map(String), splits: splits.length ? splits : [{ places: ['images'] }] };
  }
  if (!files.has('classes.txt') || !folders.has('labels') || !folders.has('images')) return undefined;
  const text = await readFile(join(path, 'classes.txt'), 'utf8');
  const names = text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(Boolean);
  return { what: 'classes.txt and labels/', names, splits: [{ places: ['images'] }] };
}

async function picturesOfYolo(folder: FolderContents, { what, names, splits }: Description): Promise<PictureList> {
  const list: PictureList = { pictures: [], classes: { names }, leftOut: [], outlines: { count: 0, unusable: 0 }, notes: [] };
  const read: { picture: ListedPicture; outlines: Outline[]; boxes: number }[] = [];
  for (const { split, places } of splits)
    for (const place of places) {
      const { paths, missing } = await picturesAt(folder, place);
      if (missing) list.notes.push(`${what} names ${place}, which is not below ${folder.path}`);
      for (const path of paths) {
        const id = relative(folder.path, path).split(sep).join('/');
        const labels = labelFile(path);
        const { outlines, boxes, problems } = await objectsIn(labels, names);
        list.outlines!.count += outlines.length + problems.length;
        list.outlines!.unusable += problems.length;
        list.leftOut.push(...problems.map(problem => `${relative(folder.path, labels)} ${problem}`));
        if (problems.length) continue;
        const classes = [...new Set([...outlines.map(({ className }) => className), ...boxes])];
        read.push({
          picture: { path, id, classes, ...(split && { split }), origin: relative(folder.path, labels) },
          outlines,
          boxes: boxes.length,
        });
      }
    }
  const outlined = read.some(({ outlines }) => outlines.length) || !read.some(({ boxes }) => boxes);
  for (const { picture, outlines, boxes } of read) {
    if (outlined && boxes) {
      list.outlines!.count += boxes;
      list.outlines!.unusable += boxes;
      list.leftOut.push(`${picture.origin}: ${boxes} of its objects are boxes, others of the data have outlines`);
    } else list.pictures.push({ ...picture, ...(outlined && { mask: async labelOf => drawn(picture, outlines, labelOf) }) });
  }
  if (!outlined) {
    list.notes.push(`${what}: its labels are boxes without outlines, so there are no masks`);
    delete list.outlines;
  }
  return list;
}

async function drawn({ path }: ListedPicture, outlines: Outline[], labelOf: (name: string) => number) {
  const size = await readPictureSize(path);
  const scaled = outlines.map(outline => ({
    ...outline,
    polygons: outline.polygons.map(polygon => polygon.map((value, i) => value * (i % 2 ? size.height : size.width))),
  }));
  return drawOutlines(size, scaled, labelOf);
}

/** Pictures at a place that data.yaml names: a folder, or a list of pictures; what leads out of the folder is looked for in it. */
async function picturesAt({ path, root }: FolderContents, place: string): Promise<{ paths: string[]; missing?: boolean }> {
  const parts = place.split(/[\\/]/).filter(part => part && part !== '.' && part !== '..');
  for (let drop = 0; drop < parts.length; drop++) {
    const target = join(path, ...parts.slice(drop));
    const found = await stat(target).catch(() => undefined);
    if (!found || relative(root, target).startsWith('..')) continue;
    if (found.isDirectory()) {
      const names = await readdir(target, { recursive: true, withFileTypes: true });
      return {
        paths: names
          .filter(entry => !entry.isDirectory() && isPictureFile(entry.name))
          .map(entry => join(entry.parentPath, entry.name))
          .sort(),
      };
    }
    const lines = (await readFile(target, 'utf8'))
      .split(/\r?\n/)
      .map(line => line.trim())
      .filter(Boolean);
    const listed: string[] = [];
    for (const line of lines) {
      const at = line.split(/[\\/]/).filter(part => part && part !== '.' && part !== '..');
      let picture = join(dirname(target), ...at);
      for (let cut = 0; cut < at.length; cut++) {
        const candidate = join(path, ...at.slice(cut));
        if (!(await stat(candidate).catch(() => undefined))) continue;
        picture = candidate;
        break;
      }
      listed.push(picture);
    }
    return { paths: listed };
  }
  return { paths: [], missing: true };
}

/** `labels/…/a.txt` of `images/…/a.jpg`: the last folder `images` is `labels`; without one, it lies beside. */
function labelFile(path: string): string {
  const folders = dirname(path).split(sep);
  const at = folders.lastIndexOf('images');
  if (at >= 0) folders[at] = 'labels';
  return join(folders.join(sep), `${withoutEnding(basename(path))}.txt`);
}

/** The objects of a text file, which need not be there; problems begin with the line. */
async function objectsIn(path: string, names: readonly string[]) {
  const text = await readFile(path, 'utf8').catch(() => '');
  const outlines: Outline[] = [];
  const boxes: string[] = [];
  const problems: string[] = [];
  for (const [i, row] of text.split(/\r?\n/).entries()) {
    const fields = row.trim().split(/\s+/);
    if (fields[0] === '') continue;
    const name = `line ${i + 1}`;
    const [index, ...numbers] = fields.map(Number) as [number, ...number[]];
    const className = names[index];
    if (className === undefined) problems.push(`${name}: class ${fields[0]} is not among the ${names.length} names`);
    else if (numbers.length === 4 && numbers.every(Number.isFinite)) boxes.push(className);
    else {
      const problem =
        numbers.length % 2 ? `${numbers.length} numbers; expected x, y of each point` : outlineProblem([numbers], { width: 1, height: 1 });
      if (problem) problems.push(`${name}: ${problem}`);
      else outlines.push({ name: `${path} ${name}`, className, polygons: [numbers] });
    }
  }
  return { outlines, boxes, problems };
}
