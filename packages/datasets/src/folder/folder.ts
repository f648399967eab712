import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type LabelMap, recordOf, type SegmentationDataset } from '../dataset.js';
import { readLabelPng } from '../images/read-label-png.js';
import { readPicture } from '../images/read-picture.js';
import { shortNames, withoutEnding } from '../images/short-names.js';
import { maskOfPicture } from '../images/upright-mask.js';
import { remember } from '../in-memory.js';
import { andMore } from '../read-file.js';
import { classNames } from './class-names.js';
import { divide } from './divide.js';
import { contentsOf, formsOf, listsOf } from './forms/forms.js';
import type { ListedPicture, PictureList } from './picture-list.js';
import { isSplitName, splitMeant, splitNames } from './splits.js';

export interface FolderOptions {
  /** The folder of your data. */
  root: string;
  /** Name of a folder in it or of a value in the column `split`; for data that is not divided `train` or `val`. */
  split: string;
  /**
   * False keeps records whose files are missing (reading them throws), and leaves out what cannot be used, which `opened` names. Default
   * true: opening throws.
   */
  checkFiles?: boolean;
}

/**
 * Opens pictures of your own, labeled in one of the {@link listForms}: `labels.csv`, a JSON file in the form of COCO, what annotation tools
 * export, or a folder a class.
 *
 * Splits are folders (`train/`, `val/`, each labeled as above), values of the column `split`, or what lists are called; `valid` and
 * `validation` are `val`, too. Data that is not divided is divided here: if some pictures have masks, those are `val` and the others
 * `train`; else `val` is a tenth, chosen by the pictures' names alone.
 *
 * Masks are optional, label PNGs `masks/<path of the picture>.png`: 0 = background, k = class k, 255 = ignore; without them, outlines of
 * the list are drawn. Where a picture has one, those of `val` without are left out. Classes are those of `classes.txt`, one a line, or else
 * those of the list in its order, or else all names in alphabetical order.
 *
 * @throws Error if no form that is read is there, a file is missing, a class is not in `classes.txt`, a record cannot be used; reading a
 *   record throws if a file is damaged, a mask has another size than its picture, or a label that is no class
 * @example
 * const birds = await openFolder({ root: 'birds', split: 'train' }); // birds/labels.csv: file,classes⏎a.jpg,robin;wren⏎…
 */
export async function openFolder(options: FolderOptions): Promise<SegmentationDataset> {
  const { root, split, checkFiles = true } = options;
  const name = `folder ${root}`;
  const { pictures, classes, masks, opened } = await pictureLists(root, split);
  if (pictures.length === 0) throw new Error(`${name}: split ${split} has no pictures`);
  const isMissing = ({ problem }: ListedPicture) => problem === 'not found';
  const missing = checkFiles ? pictures.filter(isMissing) : [];
  const [first] = missing;
  if (first) throw new Error(`${name}: ${first.origin}: image ${first.path} not found${andMore(missing.length)}`);
  const unclear = pictures.filter(picture => picture.problem && !isMissing(picture));
  const found = pictures.filter(picture => !unclear.includes(picture));
  const maskOf = new Map(found.flatMap(picture => (masks.has(picture) ? [[picture, masks.get(picture)!] as const] : [])));
  const withMask = found.filter(picture => maskOf.has(picture) || picture.mask);
  const hasMasks = withMask.length === found.length || (withMask.length > 0 && splitMeant('train', [split], name) === undefined);
  const records = hasMasks ? withMask : found;
  const leftOut = [
    ...opened.leftOut,
    ...unclear.map(({ origin, id, problem }) => `${origin}: image ${id} ${problem}`),
    ...found.filter(picture => !records.includes(picture)).map(({ id }) => `image ${id} has no mask, and others of ${split} have one`),
  ];
  if (checkFiles && leftOut.length) {
    const list = leftOut.length > 1 ? '"mcc data check" names them all; ' : '';
    throw new Error(`${name}: ${leftOut[0]}${andMore(leftOut.length)}; ${list}mend it, or go on without (--skip-bad)`);
  }
  if (!records.length) throw new Error(`${name}: no picture of split ${split} can be used: ${leftOut[0]}${andMore(leftOut.length)}`);
  const labelOf = (className: string) => classes.indexOf(className) + 1;
  const record = (index: number) => recordOf(name, records, index);
  async function mask(index: number): Promise<LabelMap> {
    const picture = record(index);
    const file = maskOf.get(picture);
    const read = file ? readLabelPng(file) : picture.mask!(labelOf);
    return (await maskOfPicture(file ? `mask ${file}` : `the mask of ${picture.id}`, read, picture.path, classes.length)).mask;
  }
  const classesOf = remember(async index => {
    const found = record(index).classes;
    return typeof found === 'function' ? found() : found;
  });
  const without = found.length - withMask.length;
  const notes =
    !hasMasks && withMask.length ? [`${without} of ${found.length} pictures have no mask, so ${split} counts as without masks`] : [];
  return {
    name: 'folder',
    split,
    classes,
    length: records.length,
    id: index => record(index).id,
    opened: { ...opened, leftOut, notes: [...opened.notes, ...notes] },
    labels: async index => {
      const present = await classesOf(index);
      return Float32Array.from(classes, known => (present.includes(known) ? 1 : 0));
    },
    image: async index => readPicture(record(index).path),
    ...(hasMasks && { mask }),
    files: index => {
      const file = maskOf.get(record(index));
      return { image: record(index).path, ...(file && { mask: file }) };
    },
  };
}

/** The splits that a folder has: its folders of such names, or those that lists may have. */
export async function splitsOfFolder(root: string): Promise<readonly string[]> {
  const contents = await contentsOf(root);
  const parts = splitNames.flatMap(name =>
    [...contents.folders].filter(folder => folder.toLowerCase().startsWith(name) && isSplitName(folder)),
  );
  return parts.length && !(await formsOf(contents)).length ? [...new Set(parts)] : ['train', 'val', 'test'];
}

/** The pictures of a split with their masks, and the classes of all splits together. */
async function pictureLists(root: string, split: string) {
  const contents = await contentsOf(root);
  const parts = [...contents.folders].filter(name => name === split || isSplitName(name));
  const isDivided = parts.length > 0 && !(await formsOf(contents)).length;
  const meant = isDivided ? splitMeant(split, parts, `folder ${root}`) : undefined;
  if (isDivided && meant === undefined) throw new Error(`folder ${root} has no split ${split}; it has ${parts.sort().join(', ')}`);
  const lists = new Map<string, PictureList[]>();
  for (const part of isDivided ? parts : ['']) lists.set(part, (await listsOf(await contentsOf(join(root, part), root))).lists);
  const folder = isDivided ? join(root, meant!) : root;
  const here = lists.get(meant ?? '')!;
  const all = here.flatMap(({ pictures }) => pictures);
  const { masks, unmatched } = await maskFiles(folder, all);
  const { names: classes, unused } = await classNames(root, [...lists.values()].flat(), masks.size > 0);
  const pictures = isDivided ? all : divide(root, all, split, picture => masks.has(picture));
  const sum = (of: 'count' | 'unusable') => here.reduce((total, { outlines }) => total + (outlines?.[of] ?? 0), 0);
  const notes = [
    ...here.flatMap(list => list.notes),
    ...(meant && meant !== split ? [`${split} is read from the folder ${meant}`] : []),
    ...(unused.length ? [`no annotation has the category ${unused.join(', ')}, so it is no class (classes.txt can name it)`] : []),
    ...(unmatched.length
      ? [`${unmatched.length} files in masks/ belong to no picture of the list: ${unmatched.slice(0, 5).join(', ')}`]
      : []),
  ];
  return {
    ...{ folder, pictures, classes, masks },
    opened: {
      leftOut: here.flatMap(({ leftOut }) => leftOut),
      ...(here.some(({ outlines }) => outlines) && { outlines: { count: sum('count'), unusable: sum('unusable') } }),
      notes,
    },
  };
}

/**
 * The label PNGs in `masks/` by picture; and those that belong to none.
 *
 * @throws Error naming one that may be of two pictures, which differ in their ending alone
 */
async function maskFiles(folder: string, pictures: readonly ListedPicture[]) {
  const there = new Set<string>();
  for (const name of await readdir(join(folder, 'masks'), { recursive: true }).catch(() => []))
    if (/\.png$/i.test(name)) there.add(name.split(sep).join('/'));
  const masks = new Map<ListedPicture, string>();
  if (there.size === 0) return { masks, unmatched: [] };
  const names = shortNames(pictures.map(({ id }) => id));
  const matched = new Set<string>();
  for (const [i, picture] of pictures.entries()) {
    const name = `${names[i]}.png`;
    const short = `${withoutEnding(picture.id)}.png`;
    if (name !== short && there.has(short) && !names.includes(withoutEnding(short)))
      throw new Error(
        `mask ${join(folder, 'masks', short)} may be of ${picture.id} or of another picture with this name; call it masks/${name}`,
      );
    if (!there.has(name)) continue;
    masks.set(picture, join(folder, 'masks', name));
    matched.add(name);
  }
  return { masks, unmatched: [...there].filter(name => !matched.has(name)).sort() };
}
