import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreLabel, type LabelMap, labelsOfMask, recordOf, type SegmentationDataset } from '../dataset.js';
import { checkSameSize } from '../images/mask-of-picture.js';
import { readLabelPng } from '../images/read-label-png.js';
import { readPicture } from '../images/read-picture.js';
import { remember } from '../in-memory.js';
import { andMore } from '../read-file.js';
import { vocClasses } from '../voc/classes.js';
import { readInstances } from './instances.js';
import { type CocoYear, cocoLayout } from './layout.js';
import { annotatedMask, labeledFor, maskFile } from './mask-job.js';
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
  /** Of the draw of `val_part`, where no list is given. Default 0. */
  seed?: number;
  /** Told about each annotation that cannot be used; its image is left out. Without it, the first ends with an error. */
  onRefused?: (reason: string) => void;
  /** False keeps images whose files are missing; reading them throws. Default true: opening throws. */
  checkFiles?: boolean;
}

/**
 * Opens COCO 2014 or 2017: images by name, those without annotation left out; labels and masks from the instances file. Masks that
 * {@link writeCocoMasks} has made are read, missing ones are rasterized when asked for, which gives the same.
 *
 * - `train`, `val`: all annotated images of the part.
 * - `val_part`: those of `val` that `ImageSets/val_part.txt` names, or 4 999 drawn with a seed.
 *
 * @throws Error if a file is missing or malformed, or an annotation is damaged or belongs to no image; reading a record throws if a file is
 *   damaged, or a mask or picture has another size than the instances file says
 * @example
 * const coco = await openCoco({ root: 'MSCOCO', split: 'train', year: 2014 });
 * const labels = await coco.labels(0); // Float32Array [80]
 */
export async function openCoco(options: CocoOptions): Promise<SegmentationDataset> {
  const { split, labels = 'annotations', toVoc12 = false, unannotated = false, onRefused, checkFiles = true } = options;
  const layout = cocoLayout({ root: options.root, part: split === 'train' ? 'train' : 'val', year: options.year, toVoc12 });
  const instances = await readInstances(layout.instances);
  const { refused, categories } = instances;
  if (refused.length && !onRefused) throw new Error(`${layout.instances}: ${refused[0]!.reason}${andMore(refused.length)}`);
  for (const { reason } of refused) onRefused!(reason);
  const damaged = new Set(refused.map(({ image }) => image));
  const whole = instances.images.filter(image => !damaged.has(image) && (unannotated || image.annotations.length));
  whole.sort((a, b) => (a.file < b.file ? -1 : 1));
  const records = (split === 'val_part' ? await valPart(layout.root, whole, options.seed) : whole).map(image =>
    labeledFor(image, instances, toVoc12),
  );
  const pictures = new Set(await namesIn(layout.images));
  const missing = checkFiles ? records.filter(({ file }) => !pictures.has(file)) : [];
  const [first] = missing;
  if (first)
    throw new Error(`${layout.instances}: image ${first.file} (id ${first.id}) not found in ${layout.images}${andMore(missing.length)}`);
  const masks = new Set(await namesIn(layout.masks));
  const classes = toVoc12 ? vocClasses : categories.map(({ name }) => name);

  const record = (index: number) => recordOf(`COCO ${split}`, records, index);
  const imagePath = (index: number) => join(layout.images, record(index).file);
  /** Where a mask was made. */
  const maskPath = (index: number) => (masks.has(maskFile(record(index))) ? join(layout.masks, maskFile(record(index))) : undefined);
  async function mask(index: number): Promise<LabelMap> {
    const image = record(index);
    const path = maskPath(index);
    if (!path) return annotatedMask(layout.instances, image);
    const found = await readLabelPng(path);
    checkSameSize(path, found, said, image);
    return found;
  }
  const labelsInMask = remember(async index => labelsOfMask(await mask(index), classes.length));
  return {
    name: 'COCO',
    split: `${split}${layout.year}`,
    classes,
    length: records.length,
    id: index => record(index).file.replace(/\.[^.]*$/, ''),
    files: index => ({ image: imagePath(index), mask: maskPath(index) }),
    image: async index => {
      const path = imagePath(index);
      const picture = await readPicture(path);
      checkSameSize(path, picture, said, record(index));
      return picture;
    },
    labels: async index => {
      if (labels === 'masks') return (await labelsInMask(index)).slice();
      const present = new Float32Array(classes.length);
      for (const { label } of record(index).annotations) if (label !== ignoreLabel) present[label - 1] = 1;
      return present;
    },
    mask,
  };
}

const said = 'but the instances file says';
const namesIn = (folder: string) => readdir(folder).catch(() => [] as string[]);
