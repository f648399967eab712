import { basename, join } from 'node:path';
import { readFile } from '@wsss/files';
import { cleanPath } from '../images/listed-path.js';
import { withoutEnding } from '../images/short-names.js';
import { listedNames } from '../voc/lists.js';

/** The published part: its size, and the last of its names, of which the first is the first of val2014. */
const published = { count: 5000, last: 'COCO_val2014_000000071857' };

/**
 * `val_part`: the images that `ImageSets/val_part.txt` names, one a line, with or without extension. Without that list the first 5 000
 * annotated images by name, which is how the published list was made (its file has no line end after the last name, so that `wc -l` says
 * 4 999).
 *
 * @param images by ascending name
 * @returns the part, and what is to be known of it if it is not the published one
 * @throws Error naming the line whose image is not among the given ones, or is named before
 */
export async function valPart<T extends { name: string }>(root: string, images: readonly T[]): Promise<{ part: T[]; note?: string }> {
  const list = join(root, 'ImageSets', 'val_part.txt');
  const text = await readFile(list, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const part = images.slice(0, published.count);
    return { part, ...noteOf(part, `${list} is not there; val_part is the first ${part.length} annotated images by name`) };
  }
  const byName = new Map<string, T>();
  for (const image of images) {
    byName.set(basename(image.name), image);
    byName.set(image.name, image);
  }
  const lines = new Map<T, string>();
  for (const { id, origin } of listedNames(text, 'list val_part.txt')) {
    const name = cleanPath(id);
    const image = byName.get(name) ?? byName.get(withoutEnding(name)) ?? byName.get(basename(withoutEnding(name)));
    if (!image) throw new Error(`COCO ${origin}: image ${id} is not among the ${images.length} annotated images of val (${list})`);
    const earlier = lines.get(image);
    if (earlier) throw new Error(`COCO ${origin}: image ${id} is named before, in ${earlier} (${list})`);
    lines.set(image, origin);
  }
  const part = [...lines.keys()];
  return { part, ...noteOf(part, `${list} names ${part.length} images`) };
}

function noteOf(part: readonly { name: string }[], how: string): { note?: string } {
  const last =
    part
      .map(({ name }) => name)
      .sort()
      .at(-1) ?? '';
  if (part.length === published.count && basename(last) === published.last) return {};
  return { note: `${how}; it is not the published part, which has ${published.count} images and ends with ${published.last}` };
}
