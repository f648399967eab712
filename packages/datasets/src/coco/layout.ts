import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type CocoYear = 2014 | 2017;

/**
 * Finds a part of COCO below its folder: `annotations/instances_train2014.json`; pictures in `JPEGImages/train2014`, `images/train2014` or
 * `train2014`; masks, once made, in `SegmentationClass/train2014` (with the labels of VOC: `SegmentationClassVOC12/train2014`).
 *
 * @param options.root the folder `MSCOCO`, or the one above it
 * @param options.year default 2014, or 2017 if only that is there
 * @returns the year, the folder with `annotations`, the instances file, and the folders of pictures and masks
 * @throws Error if the instances file is not there
 */
export function cocoLayout(options: { root: string; part: 'train' | 'val'; year?: CocoYear; toVoc12?: boolean }) {
  const { root: given, part, year, toVoc12 = false } = options;
  const root = [given, join(given, 'MSCOCO')].find(folder => existsSync(join(folder, 'annotations'))) ?? given;
  const years = year ? [year] : ([2014, 2017] as const);
  const file = (of: CocoYear) => join(root, 'annotations', `instances_${part}${of}.json`);
  const found = years.find(of => existsSync(file(of)));
  if (!found) {
    const noRoot = existsSync(root) ? '' : `folder ${root} does not exist: `;
    throw new Error(`COCO: ${noRoot}${years.map(file).join(' or ')} not found; expected the folder with annotations/ and JPEGImages/`);
  }
  const name = `${part}${found}`;
  const folders = [join(root, 'JPEGImages', name), join(root, 'images', name), join(root, name)];
  return {
    year: found,
    root,
    instances: file(found),
    images: folders.find(folder => existsSync(folder)) ?? folders[0]!,
    masks: join(root, toVoc12 ? 'SegmentationClassVOC12' : 'SegmentationClass', name),
  };
}
