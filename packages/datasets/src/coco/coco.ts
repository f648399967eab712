import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ignoreLabel, type LabelMap, labelsOfMask, type OpeningReport, recordOf, type SegmentationDataset } from '../dataset.js';
import { findListed } from '../images/listed-path.js';
import { readLabelPng } from '../images/read-label-png.js';
import { readPicture, readPictureSize } from '../images/read-picture.js';
import { checkSameSize, uprightMask } from '../images/upright-mask.js';
import { remember } from '../in-memory.js';
import { andMore } from '../read-file.js';
import { vocClasses } from '../voc/classes.js';
import { classNamesOf } from './classes.js';
import { type CocoImage, outlinesOf, readInstances, refusedForMasks } from './instances.js';
import { type CocoYear, cocoLayout } from './layout.js';
import { annotatedMask, imageNames, labeledFor } from './mask-job.js';
import { valPart } from './val-part.js';

export interface CocoOptions {
  /** The folder `MSCOCO` with `annotations` and `JPEGImages`, or the one above it; see {@link cocoLayout}. */
  root: string;
  split: 'train' | 'val' | 'val_part';
  /** Default 2014, or 2017 if only that is there. */
  year?: CocoYear;
  /** Where image-level labels come from. Default the annotations; in masks, small and covered objects may be missing. */
  labels?: 'annotations' | 'masks';
  /** The 20 classes of VOC in its order; others are ignored (255). Default false: the 80 classes by ascending id. */
  toVoc12?: boolean;
  /** With images that have no annotation. Default false, as published: 82 081 of 82 783 for training, 40 137 of 40 504 for validation. */
  unannotated?: boolean;
  /** True leaves out images with an annotation that cannot be used, and `opened` names them. Default false: the first is an error. */
  leaveOut?: boolean;
  /** False keeps images whose files are missing; reading them throws. Default true: opening throws. */
  checkFiles?: boolean;
}

/**
 * Opens COCO 2014 or 2017: images by name, those without annotation left out; labels and masks from the instances file. Masks that
 * {@link writeCocoMasks} has made are read, missing ones are rasterized when asked for, which gives the same.
 *
 * - `train`, `val`: all annotated images of the part.
 * - `val_part`: those of `val` that `ImageSets/val_part.txt` names, or the first 5 000 by name.
 *
 * @throws Error if a file is missing or malformed, or an annotation is damaged or belongs to no image; reading a record throws if a file is
 *   damaged, or a mask or picture has another size than the instances file says
 * @example
 * const coco = await openCoco({ root: 'MSCOCO', split: 'train', year: 2014 });
 * const labels = await coco.labels(0); // Float32Array [80]
 */
export async function openCoco(options: CocoOptions): Promise<SegmentationDataset> {
  const { split, labels = 'annotations', toVoc12 = false } = options;
  const layout = cocoLayout({ root: options.root, part: split === 'train' ? 'train' : 'val', year: options.year, toVoc12 });
  const { records, classes, opened } = await findRecords(layout, options);
  const masks = new Set((await readdir(layout.masks, { recursive: true }).catch(() => [])).map(name => name.split(sep).join('/')));

  const record = (index: number) => recordOf(`COCO ${split}`, records, index);
  /** Where a mask was made. */
  const maskPath = (index: number) => {
    const name = `${record(index).name}.png`;
    return masks.has(name) ? join(layout.masks, name) : undefined;
  };
  async function mask(index: number): Promise<LabelMap> {
    const { image, path: picturePath } = record(index);
    const path = maskPath(index);
    const found = await (path ? readLabelPng(path) : annotatedMask(layout.instances, image));
    if (path) checkSameSize(path, found, said, image);
    const picture = await readPictureSize(picturePath).catch(() => undefined); // what is wrong with it, reading it says
    return picture && picture.orientation > 1 ? uprightMask(path ?? `the mask of ${image.file}`, found, picturePath, picture) : found;
  }
  const labelsInMask = remember(async index => labelsOfMask(await mask(index), classes.length));
  return {
    name: 'COCO',
    split: `${split}${layout.year}`,
    classes,
    length: records.length,
    id: index => record(index).name,
    opened,
    files: index => ({ image: record(index).path, mask: maskPath(index) }),
    image: async index => {
      const { path, image } = record(index);
      const { width, height } = image;
      const picture = await readPicture(path);
      // What the file says may be the stored size of a picture that EXIF turns.
      const turned = picture.width === height && picture.height === width && (await readPictureSize(path)).orientation > 4;
      if (!turned) checkSameSize(path, picture, said, { width, height });
      return picture;
    },
    labels: async index => {
      if (labels === 'masks') return (await labelsInMask(index)).slice();
      const present = new Float32Array(classes.length);
      for (const { label } of record(index).image.annotations) if (label !== ignoreLabel) present[label - 1] = 1;
      return present;
    },
    mask,
  };
}

const said = 'but the instances file says';

/** An image that can be trained on, with its labels, its name in the dataset, and where its picture is. */
interface CocoRecord {
  image: CocoImage;
  name: string;
  path: string;
}

/** All that is known of a split once it is open. What opening needs besides is given back when this is done. */
async function findRecords(layout: ReturnType<typeof cocoLayout>, options: CocoOptions) {
  const { split, toVoc12 = false, unannotated = false, leaveOut = false, checkFiles = true } = options;
  const instances = await readInstances(layout.instances);
  const classes = toVoc12 ? vocClasses : classNamesOf(layout.instances, instances.categories);
  const refused = refusedForMasks(instances);
  if (refused.length && !leaveOut) throw new Error(`${layout.instances}: ${refused[0]!.reason}${andMore(refused.length)}`);
  const names = imageNames(instances.images);
  const damaged = new Set(refused.map(({ image }) => image));
  const whole = instances.images
    .filter(image => !damaged.has(image) && (unannotated || image.annotations.length))
    .map(image => ({ image, name: names.get(image)! }));
  whole.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (!whole.length)
    throw new Error(`${layout.instances}: none of its ${instances.images.length} images has an annotation that can be used`);
  const { part, note } = split === 'val_part' ? await valPart(layout.root, whole) : { part: whole, note: undefined };
  const pictures = await findListed(
    part.map(({ image }) => image.file),
    [layout.images],
    layout.root,
  );
  const missing = checkFiles ? part.filter((_, i) => pictures[i]!.problem) : [];
  const [first] = missing;
  if (first) {
    const { problem } = pictures[part.indexOf(first)]!;
    const where = problem === 'not found' ? `not found in ${layout.images}` : problem;
    throw new Error(`${layout.instances}: image ${first.image.file} (id ${first.image.id}) ${where}${andMore(missing.length)}`);
  }
  const records: CocoRecord[] = part.map(({ image, name }, i) => ({
    image: labeledFor(image, instances, toVoc12),
    name,
    path: pictures[i]!.path,
  }));
  const opened: OpeningReport = {
    leftOut: refused.map(({ reason }) => `${layout.instances}: ${reason}`),
    ...(refused.length && { outlines: outlinesOf(instances) }),
    notes: note ? [note] : [],
  };
  return { records, classes, opened };
}
