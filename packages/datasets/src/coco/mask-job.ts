import { basename, extname, join } from 'node:path';
import type { LabelMap } from '../dataset.js';
import { writePalettePng } from '../images/write-palette-png.js';
import { vocLabel } from './classes.js';
import type { CocoImage, CocoInstances } from './instances.js';
import { cocoLabelMap } from './label-map.js';
import { readSegmentations } from './read-segmentations.js';

/** The name of an image's label PNG, which is the image's own but for the extension. */
export const maskFile = ({ file }: Pick<CocoImage, 'file'>): string => `${basename(file, extname(file))}.png`;

/** The image with the labels that its mask shall have: its own, or VOC's. */
export function labeledFor(image: CocoImage, { categories }: CocoInstances, toVoc12: boolean): CocoImage {
  if (!toVoc12) return image;
  return { ...image, annotations: image.annotations.map(found => ({ ...found, label: vocLabel(categories[found.label - 1]!.name) })) };
}

/** The label map of an image of an instances file. @throws Error naming the annotation that is damaged */
export async function annotatedMask(path: string, image: CocoImage): Promise<LabelMap> {
  return cocoLabelMap(image, await readSegmentations(path, image));
}

/** Writes the label PNG of one image of the instances file `path`. */
export async function writeMask({ path, image, folder }: { path: string; image: CocoImage; folder: string }): Promise<void> {
  await writePalettePng(join(folder, maskFile(image)), await annotatedMask(path, image));
}
