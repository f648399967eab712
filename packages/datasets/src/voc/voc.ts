import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type LabelMap, recordOf, type SegmentationDataset } from '../dataset.js';
import { readLabelPng } from '../images/read-label-png.js';
import { readPicture } from '../images/read-picture.js';
import { maskOfPicture } from '../images/upright-mask.js';
import { andMore } from '../read-file.js';
import { readAnnotationLabels } from './annotations.js';
import { vocClasses } from './classes.js';
import { readImageLabels } from './image-labels-file.js';
import { type ListedImage, listedIn, maskedButNotIn } from './lists.js';

export interface VocOptions {
  /** The folder `VOC2012`, or `VOCdevkit` above it. */
  root: string;
  split: 'train' | 'train_aug' | 'val' | 'trainval' | 'test';
  /**
   * Where image-level labels come from: the classes in the `masks` (default), the objects of the XML `annotations`, or a published file
   * (a dict that NumPy saved). They differ a little: an annotated object may have no pixel of its own in the mask.
   */
  labels?: 'masks' | 'annotations' | { file: string };
  /** Whether objects that are marked as difficult count, where labels come from annotations. Default true. */
  difficult?: boolean;
  /** False keeps records whose files are missing; reading them throws. Default true: opening throws. */
  checkFiles?: boolean;
}

/**
 * Opens PASCAL VOC 2012, with the masks of SBD where they are (`SegmentationClassAug`). That every record's files exist is checked
 * now; pictures and masks are read when asked for.
 *
 * - `train`, `val`, `trainval`, `test`: the official lists `ImageSets/Segmentation/*.txt`; masks from `SegmentationClassAug` if
 *   that folder is there, else from `SegmentationClass`; `test` has none.
 * - `train_aug`: every mask of `SegmentationClassAug` that is not in `val`, in order of names (10 582 in the whole data set).
 *
 * Image-level labels are kept in memory once read.
 *
 * @throws Error if a folder, a list, or a file of a record is missing; reading a record throws if a file is damaged, a mask has
 *   another size than its image, a label above 20 other than 255, or an annotation an unknown class
 * @example
 * const voc = await openVoc({ root: 'VOCdevkit/VOC2012', split: 'val' });
 * const { width, height } = await voc.image(0);
 */
export async function openVoc(options: VocOptions): Promise<SegmentationDataset> {
  const { split, labels: source = 'masks', difficult, checkFiles = true } = options;
  const root = vocFolder(options.root);
  const records = split === 'train_aug' ? await maskedButNotIn(root, 'val') : await listedIn(root, split);
  const imageFolder = join(root, 'JPEGImages');
  const maskFolder = join(root, existsSync(join(root, 'SegmentationClassAug')) ? 'SegmentationClassAug' : 'SegmentationClass');
  const annotationFolder = join(root, 'Annotations');
  const hasMasks = split !== 'test';
  if (checkFiles) {
    await checkPresent(records, 'image', '.jpg', imageFolder);
    if (hasMasks) await checkPresent(records, 'mask', '.png', maskFolder);
    if (source === 'annotations') await checkPresent(records, 'annotation', '.xml', annotationFolder);
  }
  const file = typeof source === 'object' ? source.file : undefined;
  const published = file === undefined ? undefined : await readImageLabels(file, vocClasses.length);
  const unlabeled = published && records.find(({ id }) => !published.has(id));
  if (checkFiles && unlabeled) throw new Error(`VOC ${unlabeled.origin}: ${file} has no labels of ${unlabeled.id}`);

  const id = (index: number) => recordOf(`VOC ${split}`, records, index).id;
  const imagePath = (index: number) => join(imageFolder, `${id(index)}.jpg`);
  const maskPath = (index: number) => join(maskFolder, `${id(index)}.png`);
  const known = new Map<number, Float32Array>();

  async function readMask(index: number): Promise<LabelMap> {
    const path = maskPath(index);
    const { mask, labels } = await maskOfPicture(`VOC mask ${path}`, readLabelPng(path), imagePath(index), vocClasses.length);
    if (source === 'masks') known.set(index, labels);
    return mask;
  }

  async function readLabels(index: number): Promise<Float32Array> {
    if (source === 'annotations') known.set(index, await readAnnotationLabels(join(annotationFolder, `${id(index)}.xml`), { difficult }));
    else if (published) known.set(index, published.get(id(index)) ?? fail(`${file} has no labels of ${id(index)}`));
    else if (hasMasks) await readMask(index);
    else fail(`VOC ${split} has no labels; use train, train_aug, val or trainval`);
    return known.get(index)!;
  }

  return {
    name: 'VOC',
    split,
    classes: vocClasses,
    length: records.length,
    id,
    image: async index => readPicture(imagePath(index)),
    labels: async index => (known.get(index) ?? (await readLabels(index))).slice(),
    ...(hasMasks && { mask: readMask }),
    files: index => ({ image: imagePath(index), ...(hasMasks && { mask: maskPath(index) }) }),
  };
}

function fail(message: string): never {
  throw new Error(message);
}

/** Accepts VOC2012 itself or a folder above it. */
export function vocFolder(root: string): string {
  const folder = [root, join(root, 'VOC2012'), join(root, 'VOCdevkit', 'VOC2012')].find(candidate =>
    existsSync(join(candidate, 'JPEGImages')),
  );
  if (folder) return folder;
  const found = existsSync(root) ? 'has no JPEGImages' : 'does not exist';
  const folders = 'JPEGImages, ImageSets/Segmentation, and SegmentationClassAug or SegmentationClass';
  throw new Error(`VOC folder ${root} ${found}; expected VOCdevkit/VOC2012 with the sub-folders ${folders}`);
}

/** One look into the folder for all records. */
async function checkPresent(records: readonly ListedImage[], what: string, extension: string, folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`VOC folder ${folder} does not exist; the ${what}s belong there`);
  });
  const present = new Set(names);
  const missing = records.filter(({ id }) => !present.has(id + extension));
  const [first] = missing;
  if (first) throw new Error(`VOC ${first.origin}: ${what} ${first.id}${extension} not found in ${folder}${andMore(missing.length)}`);
}
