import { type LabelMap, recordOf, type SegmentationDataset } from '../dataset.js';
import { readLabelPng } from '../images/read-label-png.js';
import { readPicture } from '../images/read-picture.js';
import { maskOfPicture } from '../images/upright-mask.js';
import { remember } from '../in-memory.js';
import { andMore } from '../read-file.js';
import { pictureLists } from './lists.js';
import type { ListedPicture } from './picture-list.js';
import { splitMeant } from './splits.js';

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
 * Masks are optional, label PNGs `masks/<path of the picture>.png`, with its folder `images/` or without it:
 * 0 = background, k = class k, 255 = ignore; without them, outlines of the list are drawn. Where a picture has one, those of `val` without
 * are left out. Classes are those of `classes.txt`, one a line, or else those of the list in its order, or else all names in alphabetical
 * order.
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
  if (pictures.length === 0) {
    const why = opened.leftOut.length ? ` that can be used: ${opened.leftOut[0]}${andMore(opened.leftOut.length)}` : '';
    throw new Error(`${name}: split ${split} has no pictures${why}`);
  }
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
