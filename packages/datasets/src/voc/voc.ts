import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkIndex, type LabelMap, labelsOfMask, type SegmentationDataset } from '../dataset';
import { readLabelPng } from '../images/read-label-png';
import { readPicture, readPictureSize } from '../images/read-picture';
import { vocClasses } from './classes';
import { type ListedImage, listedIn, maskedButNotIn } from './lists';

export type VocSplit = 'train' | 'train_aug' | 'val' | 'trainval' | 'test';

/**
 * Opens PASCAL VOC 2012, with the masks of SBD where they are (`SegmentationClassAug`). That every record's files exist is checked
 * now; pictures and masks are read when asked for.
 *
 * - `train`, `val`, `trainval`, `test`: the official lists `ImageSets/Segmentation/*.txt`; masks from `SegmentationClassAug` if
 *   that folder is there, else from `SegmentationClass`; `test` has none.
 * - `train_aug`: every mask of `SegmentationClassAug` that is not in `val`, in order of names (10 582 in the whole data set).
 *
 * Image-level labels are the classes in the mask, kept in memory once read.
 *
 * @param options.root the folder `VOC2012`, or `VOCdevkit` above it
 * @throws Error if a folder, a list, or a file of a record is missing; reading a record throws if a file is damaged, a mask has
 *   another size than its image, or a label above 20 other than 255
 * @example
 * const voc = await openVoc({ root: 'VOCdevkit/VOC2012', split: 'val' });
 * const { width, height } = await voc.image(0);
 */
export async function openVoc(options: { root: string; split: VocSplit }): Promise<SegmentationDataset> {
  const { split } = options;
  const root = vocFolder(options.root);
  const masks = existsSync(join(root, 'SegmentationClassAug')) ? 'SegmentationClassAug' : 'SegmentationClass';
  const records = split === 'train_aug' ? await maskedButNotIn(root, 'val') : await listedIn(root, split);
  const imageFolder = join(root, 'JPEGImages');
  const maskFolder = join(root, masks);
  await checkPresent(records, 'image', '.jpg', imageFolder);
  if (split !== 'test') await checkPresent(records, 'mask', '.png', maskFolder);

  const id = (index: number) => {
    checkIndex(`VOC ${split}`, index, records.length);
    return records[index]!.id;
  };
  const imagePath = (index: number) => join(imageFolder, `${id(index)}.jpg`);
  const known = new Map<number, Float32Array>();

  async function readMask(index: number): Promise<{ mask: LabelMap; labels: Float32Array }> {
    const path = join(maskFolder, `${id(index)}.png`);
    const [mask, size] = await Promise.all([readLabelPng(path), readPictureSize(imagePath(index))]);
    if (mask.width !== size.width || mask.height !== size.height)
      throw new Error(
        `VOC mask ${path} is ${mask.width}×${mask.height}, its image ${imagePath(index)} ${size.width}×${size.height}; they must be equal`,
      );
    try {
      const labels = labelsOfMask(mask, vocClasses.length);
      known.set(index, labels);
      return { mask, labels };
    } catch (error) {
      throw new Error(`VOC mask ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  return {
    name: 'VOC',
    split,
    classes: vocClasses,
    length: records.length,
    id,
    image: async index => readPicture(imagePath(index)),
    labels: async index => {
      if (split === 'test') throw new Error('VOC test has no labels; use train, train_aug, val or trainval');
      return (known.get(index) ?? (await readMask(index)).labels).slice();
    },
    ...(split !== 'test' && { mask: async (index: number) => (await readMask(index)).mask }),
  };
}

/** Accepts VOC2012 itself or a folder above it. */
function vocFolder(root: string): string {
  const folder = [root, join(root, 'VOC2012'), join(root, 'VOCdevkit', 'VOC2012')].find(candidate =>
    existsSync(join(candidate, 'JPEGImages')),
  );
  if (folder) return folder;
  const found = existsSync(root) ? 'has no JPEGImages' : 'does not exist';
  throw new Error(
    `VOC folder ${root} ${found}; expected VOCdevkit/VOC2012 with the sub-folders JPEGImages, ImageSets/Segmentation, and SegmentationClassAug or SegmentationClass`,
  );
}

/** One look into the folder for all records. */
async function checkPresent(records: readonly ListedImage[], what: string, extension: string, folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => {
    throw new Error(`VOC folder ${folder} does not exist; the ${what}s belong there`);
  });
  const present = new Set(names);
  const missing = records.filter(({ id }) => !present.has(id + extension));
  if (missing.length === 0) return;
  const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
  throw new Error(`VOC ${missing[0]!.origin}: ${what} ${missing[0]!.id}${extension} not found in ${folder}${more}`);
}
