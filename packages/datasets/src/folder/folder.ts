import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkIndex, type LabelMap, labelsOfMask, type SegmentationDataset } from '../dataset';
import { readLabelPng } from '../images/read-label-png';
import { readPicture, readPictureSize } from '../images/read-picture';
import { createRandom } from '../random';
import { type ListedPicture, maskPathOf, picturesOfClassFolders, picturesOfCsv } from './listed-pictures';

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
 * Opens pictures of your own, labelled in one of these ways:
 *
 * - `labels.csv` with the columns `file` and `classes`: {@link picturesOfCsv};
 * - a folder a class, with its pictures.
 *
 * Splits are folders (`train/`, `val/`, each labelled as above) or values of the column `split`. Data that is not divided is divided here: if
 * some pictures have masks, those are `val` and the others `train`; else `val` is a tenth, chosen by the pictures' names alone.
 *
 * Masks are optional, label PNGs `masks/<path of the picture>.png`: 0 = background, k = class k, 255 = ignore. A split has masks if all its pictures
 * have one. Classes are those of `classes.txt`, one a line, or else all names in alphabetical order.
 *
 * @throws Error if nothing of that form is there, a file is missing, a class is not in `classes.txt`; reading a record throws if a file is damaged, a mask
 *   has another size than its picture, or a label that is no class
 * @example
 * const birds = await openFolder({ root: 'birds', split: 'train' }); // birds/labels.csv: file,classes⏎a.jpg,robin;wren⏎…
 */
export async function openFolder(options: FolderOptions): Promise<SegmentationDataset> {
  const { root, split, checkFiles = true } = options;
  const { folder, pictures, classes } = await pictureLists(root, split);
  const name = `folder ${root}`;
  if (pictures.length === 0) throw new Error(`${name}: split ${split} has no pictures`);
  const masked = pictures.filter(({ id }) => existsSync(maskPathOf(folder, id)));
  const hasMasks = masked.length === pictures.length;
  if (checkFiles) {
    const missing = pictures.filter(({ path }) => !existsSync(path));
    if (missing.length)
      throw new Error(
        `${name}: ${missing[0]!.origin}: image ${missing[0]!.path} not found${missing.length > 1 ? ` (and ${missing.length - 1} more)` : ''}`,
      );
  }
  const record = (index: number): ListedPicture => {
    checkIndex(name, index, pictures.length);
    return pictures[index]!;
  };
  const maskPath = (index: number) => maskPathOf(folder, record(index).id);

  async function mask(index: number): Promise<LabelMap> {
    const path = maskPath(index);
    const [map, size] = await Promise.all([readLabelPng(path), readPictureSize(record(index).path)]);
    if (map.width !== size.width || map.height !== size.height)
      throw new Error(
        `mask ${path} is ${map.width}×${map.height}, its image ${record(index).path} ${size.width}×${size.height}; they must be equal`,
      );
    try {
      labelsOfMask(map, classes.length);
    } catch (error) {
      throw new Error(`mask ${path}: ${(error as Error).message}`, { cause: error });
    }
    return map;
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
    files: index => ({ image: record(index).path, ...(hasMasks && { mask: maskPath(index) }) }),
  };
}

/** The pictures of a split, the folder that their paths begin at, and the classes of all splits together. */
async function pictureLists(root: string, split: string): Promise<{ folder: string; pictures: ListedPicture[]; classes: string[] }> {
  const known = ['train', 'val', 'test', split].filter((name, i, all) => all.indexOf(name) === i && existsSync(join(root, name)));
  const isDivided = known.length > 0 && !existsSync(join(root, 'labels.csv'));
  if (isDivided && !known.includes(split)) throw new Error(`folder ${root} has no split ${split}; it has ${known.join(', ')}`);
  const lists = new Map<string, ListedPicture[]>();
  for (const name of isDivided ? known : ['']) lists.set(name, await listed(join(root, name)));
  const classes = await classNames(root, [...lists.values()].flat());
  if (isDivided) return { folder: join(root, split), pictures: lists.get(split)!, classes };
  return { folder: root, pictures: divide(root, lists.get('')!, split), classes };
}

async function listed(folder: string): Promise<ListedPicture[]> {
  const list = join(folder, 'labels.csv');
  const found = existsSync(list) ? await picturesOfCsv(list) : existsSync(folder) ? await picturesOfClassFolders(folder) : [];
  if (found.length) return found;
  throw new Error(
    `folder ${folder} ${existsSync(list) ? 'has a labels.csv without pictures' : existsSync(folder) ? 'holds no labels.csv and no folders of pictures' : 'does not exist'}; expected labels.csv with the columns file and classes, or a folder for each class`,
  );
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

async function classNames(root: string, pictures: readonly ListedPicture[]): Promise<string[]> {
  const list = join(root, 'classes.txt');
  const text = await readFile(list, 'utf8').catch(() => undefined);
  const found = [...new Set(pictures.flatMap(({ classes }) => classes))].sort();
  const named =
    text === undefined
      ? found
      : text
          .split('\n')
          .map(line => line.trim())
          .filter(Boolean);
  const unknown = pictures.find(({ classes }) => classes.some(name => !named.includes(name)));
  if (unknown)
    throw new Error(
      `${unknown.origin}: ${unknown.id} has the class ${JSON.stringify(unknown.classes.find(name => !named.includes(name)))}, which ${list} does not name`,
    );
  if (named.length === 0 || named.length > 254) throw new Error(`folder ${root} has ${named.length} classes; expected 1 to 254`);
  return named;
}
