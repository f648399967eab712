import { open } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { LabelMap } from '../dataset.js';
import { writePalettePng } from '../images/write-palette-png.js';
import { vocLabel } from './classes.js';
import type { CocoImage, CocoInstances } from './instances.js';
import { cocoLabelMap, type LabeledSegmentation } from './label-map.js';

/** The name of an image's label PNG, which is the image's own but for the extension. */
export const maskFile = ({ file }: Pick<CocoImage, 'file'>): string => `${basename(file, extname(file))}.png`;

/** The image with the labels that its mask shall have: its own, or VOC's. */
export function labeledFor(image: CocoImage, { categories }: CocoInstances, toVoc12: boolean): CocoImage {
  if (!toVoc12) return image;
  return { ...image, annotations: image.annotations.map(found => ({ ...found, label: vocLabel(categories[found.label - 1]!.name) })) };
}

/**
 * The label map of an image of an instances file, which is read for its outlines.
 *
 * @throws Error naming the annotation that is damaged, or if the file is not the one any more that {@link readInstances} read
 */
export async function annotatedMask(path: string, image: CocoImage): Promise<LabelMap> {
  const file = await open(path);
  try {
    const found: LabeledSegmentation[] = [];
    for (const { id, label, start, length } of image.annotations) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, start);
      const segmentation = segmentationIn(buffer.toString('utf8', 0, bytesRead), id, path);
      found.push({ name: `annotation ${id} of ${image.file}`, label, segmentation });
    }
    return cocoLabelMap(image, found);
  } finally {
    await file.close();
  }
}

function segmentationIn(text: string, id: number, path: string): LabeledSegmentation['segmentation'] {
  try {
    const annotation = JSON.parse(text);
    if (annotation.id === id) return annotation.segmentation;
  } catch {
    // said below
  }
  throw new Error(`annotation ${id} is no longer where it was in ${path}: the file has been changed; start again`);
}

/** Writes the label PNG of one image of the instances file `path`. */
export async function writeMask({ path, image, folder }: { path: string; image: CocoImage; folder: string }): Promise<void> {
  await writePalettePng(join(folder, maskFile(image)), await annotatedMask(path, image));
}
