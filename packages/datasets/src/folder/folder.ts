import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LabelMap, recordOf, type SegmentationDataset } from '../dataset.js';
import { maskOfPicture } from '../images/mask-of-picture.js';
import { readLabelPng } from '../images/read-label-png.js';
import { readPicture } from '../images/read-picture.js';
import { createRandom } from '../random.js';
import { andMore } from '../read-file.js';
import {
  type ListedPicture,
  listIn,
  maskPathOf,
  type PictureList,
  picturesOfClassFolders,
  picturesOfCocoList,
  picturesOfCsv,
} from './listed-pictures.js';

export interface FolderOptions {
  /** The folder of your data. */
  root: string;
  /** Name of a folder in it or of a value in the column `split`; for data that is not divided `train` or `val`. */
  split: string;
  /** False keeps records whose files are missing; reading them throws. Default true: opening throws. */
  checkFiles?: boolean;
}

/** Of data that is not divided, every so manieth picture is for validation. */
const heldOutShare = 10;

/**
 * Opens pictures of your own, labeled in one of these ways:
 *
 * - `labels.csv` with the columns `file` and `classes`;
 * - `annotations.json` in the form of COCO's instances, as annotation tools export it;
 * - a folder a class, with its pictures.
 *
 * Splits are folders (`train/`, `val/`, each labeled as above) or values of the column `split`. Data that is not divided is divided here:
 * if some pictures have masks, those are `val` and the others `train`; else `val` is a tenth, chosen by the pictures' names alone.
 *
 * Masks are optional, label PNGs `masks/<path of the picture>.png`: 0 = background, k = class k, 255 = ignore; without them, outlines of
 * `annotations.json` are drawn. A split has masks if all its pictures have one. Classes are those of `annotations.json` by id, or of
 * `classes.txt`, one a line, or else all names in alphabetical order.
 *
 * @throws Error if nothing of that form is there, a file is missing, a class is not in `classes.txt`; reading a record throws if a file is
 *   damaged, a mask has another size than its picture, or a label that is no class
 * @example
 * const birds = await openFolder({ root: 'birds', split: 'train' }); // birds/labels.csv: file,classes⏎a.jpg,robin;wren⏎…
 */
export async function openFolder(options: FolderOptions): Promise<SegmentationDataset> {
  const { root, split, checkFiles = true } = options;
  const { folder, pictures, classes } = await pictureLists(root, split);
  const name = `folder ${root}`;
  if (pictures.length === 0) throw new Error(`${name}: split ${split} has no pictures`);
  const drawn = new Set(pictures.filter(({ id }) => existsSync(maskPathOf(folder, id))));
  const hasMasks = pictures.every(picture => drawn.has(picture) || picture.outlines);
  const missing = checkFiles ? pictures.filter(({ path }) => !existsSync(path)) : [];
  const [first] = missing;
  if (first) throw new Error(`${name}: ${first.origin}: image ${first.path} not found${andMore(missing.length)}`);
  const record = (index: number) => recordOf(name, pictures, index);
  const maskPath = (index: number) => maskPathOf(folder, record(index).id);

  async function mask(index: number): Promise<LabelMap> {
    const picture = record(index);
    const read = drawn.has(picture) ? readLabelPng(maskPath(index)) : picture.outlines!();
    return (await maskOfPicture(`mask ${maskPath(index)}`, read, picture.path, classes.length)).mask;
  }
  return {
    name: 'folder',
    split,
    classes,
    length: pictures.length,
    id: index => record(index).id,
    labels: async index => Float32Array.from(classes, known => (record(index).classes.includes(known) ? 1 : 0)),
    image: async index => readPicture(record(index).path),
    ...(hasMasks && { mask }),
    files: index => ({ image: record(index).path, ...(drawn.has(record(index)) && { mask: maskPath(index) }) }),
  };
}

/** The pictures of a split, the folder that their paths begin at, and the classes of all splits together. */
async function pictureLists(root: string, split: string): Promise<{ folder: string; pictures: ListedPicture[]; classes: string[] }> {
  const known = [...new Set(['train', 'val', 'valid', 'test', split])].filter(name => existsSync(join(root, name)));
  const isDivided = known.length > 0 && !listIn(root);
  if (isDivided && !known.includes(split)) throw new Error(`folder ${root} has no split ${split}; it has ${known.join(', ')}`);
  const lists = new Map<string, PictureList>();
  for (const name of isDivided ? known : ['']) lists.set(name, await listed(join(root, name)));
  const classes = await classNames(root, [...lists.values()]);
  if (isDivided) return { folder: join(root, split), pictures: lists.get(split)!.pictures, classes };
  return { folder: root, pictures: divide(root, lists.get('')!.pictures, split), classes };
}

async function listed(folder: string): Promise<PictureList> {
  const list = listIn(folder);
  const exists = existsSync(folder);
  if (exists) {
    const read = list?.endsWith('.csv') ? picturesOfCsv : list ? picturesOfCocoList : picturesOfClassFolders;
    const found = await read(list ?? folder);
    if (found.pictures.length) return found;
  }
  const nothing = exists ? 'holds no labels.csv, no annotations.json and no folders of pictures' : 'does not exist';
  const expected = 'labels.csv with the columns file and classes, annotations.json in the form of COCO, or a folder for each class';
  throw new Error(`folder ${folder} ${list ? 'has a labels.csv without pictures' : nothing}; expected ${expected}`);
}

function divide(root: string, pictures: ListedPicture[], split: string): ListedPicture[] {
  const named = [...new Set(pictures.flatMap(picture => picture.split ?? []))];
  if (named.length) {
    if (!named.includes(split)) throw new Error(`folder ${root} has no split ${split}; the column split has ${named.join(', ')}`);
    return pictures.filter(picture => picture.split === split);
  }
  if (split !== 'train' && split !== 'val')
    throw new Error(`folder ${root} is not divided into splits, so there are train and val; found ${JSON.stringify(split)}`);
  const hasMask = (picture: ListedPicture) => existsSync(maskPathOf(root, picture.id));
  const masked = pictures.filter(hasMask).length;
  const heldOut =
    masked > 0 && masked < pictures.length
      ? hasMask
      : ({ id }: ListedPicture) => createRandom(0, 'held out', id).integer(0, heldOutShare) === 0;
  return pictures.filter(picture => heldOut(picture) === (split === 'val'));
}

async function classNames(root: string, lists: readonly PictureList[]): Promise<string[]> {
  const pictures = lists.flatMap(list => list.pictures);
  const file = join(root, 'classes.txt');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const [ordered, other] = [...new Set(lists.map(({ classes }) => classes?.join(', ')))];
  if (other !== undefined && ordered !== undefined)
    throw new Error(`folder ${root}: the splits' categories differ, ${ordered} and ${other}; they must be the same, in the same order`);
  const lines = text
    ?.split('\n')
    .map(line => line.trim())
    .filter(Boolean);
  const named = lists[0]?.classes ?? lines ?? [...new Set(pictures.flatMap(({ classes }) => classes))].sort();
  for (const { id, origin, classes } of pictures) {
    const unknown = classes.find(name => !named.includes(name));
    if (unknown !== undefined) throw new Error(`${origin}: ${id} has the class ${JSON.stringify(unknown)}, which ${file} does not name`);
  }
  if (named.length === 0 || named.length > 254) throw new Error(`folder ${root} has ${named.length} classes; expected 1 to 254`);
  return named;
}
