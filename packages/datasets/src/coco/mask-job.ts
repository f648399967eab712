import { openFile, placeInside, resultNames } from '@wsss/files';
import type { LabelMap } from '../dataset.js';
import { cleanPath } from '../images/listed-path.js';
import { shortNames } from '../images/short-names.js';
import { writePalettePng } from '../images/write-palette-png.js';
import { vocLabel } from './classes.js';
import type { CocoImage, CocoInstances } from './instances.js';
import { cocoLabelMap, type LabeledSegmentation } from './label-map.js';

/**
 * The names of the images of an instances file, which their label PNGs have, too: their paths as {@link shortNames} has them, without
 * folders that are common to all; of a path that no file can have, what `resultNames` makes of it.
 */
export function imageNames(images: readonly CocoImage[]): ReadonlyMap<CocoImage, string> {
  const names = shortNames(images.map(({ file }) => cleanPath(file)));
  const folders = names[0]?.split('/').slice(0, -1) ?? [];
  let common = folders.map(folder => `${folder}/`).join('');
  while (common && !names.every(name => name.startsWith(common))) common = common.replace(/[^/]*\/$/, '');
  const wanted = new Map(images.map(({ file }, i) => [file, names[i]!.slice(common.length)]));
  const possible = resultNames([...wanted.keys()], file => wanted.get(file)!);
  return new Map(images.map((image, i) => [image, possible[i]!]));
}

/** The image with the labels that its mask shall have: its own, or VOC's. */
export function labeledFor(image: CocoImage, { categories }: CocoInstances, toVoc12: boolean): CocoImage {
  if (!toVoc12) return image;
  return relabeled(image, label => vocLabel(categories[label - 1]!.name));
}

/** The image with other labels. */
export const relabeled = (image: CocoImage, labelOf: (label: number) => number): CocoImage => ({
  ...image,
  annotations: image.annotations.map(found => ({ ...found, label: labelOf(found.label) })),
});

/**
 * The label map of an image of an instances file, which is read for its outlines.
 *
 * @throws Error naming the annotation that is damaged, or if the file is not the one any more that {@link readInstances} read
 */
export async function annotatedMask(path: string, image: CocoImage): Promise<LabelMap> {
  const file = await openFile(path);
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

/** Writes the label PNG `name` of one image of the instances file `path` into a folder. */
export async function writeMask({ path, image, ...to }: { path: string; image: CocoImage; folder: string; name: string }): Promise<void> {
  await writePalettePng(placeInside(to.folder, to.name), await annotatedMask(path, image));
}
