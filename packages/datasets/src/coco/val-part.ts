import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { createRandom } from '../random.js';
import { listedNames } from '../voc/lists.js';
import type { CocoImage } from './instances.js';

/** Images of the published evaluation during training. */
const published = 4999;

/**
 * `val_part`: the images that `ImageSets/val_part.txt` names, one a line, with or without extension; without that list, 4 999 images
 * drawn with a seed (all, if there are no more).
 *
 * @throws Error naming the line whose image is not among the given ones
 */
export async function valPart(root: string, images: readonly CocoImage[], seed = 0): Promise<CocoImage[]> {
  const list = join(root, 'ImageSets', 'val_part.txt');
  const text = await readFile(list, 'utf8').catch(() => undefined);
  if (text === undefined)
    return Array.from(createRandom(seed, 'val_part').permutation(images.length).slice(0, published).sort(), i => images[i]!);
  const stem = (file: string) => basename(file, extname(file));
  const known = new Map(images.map(image => [stem(image.file), image]));
  return listedNames(text, 'list val_part.txt').map(({ id, origin }) => {
    const image = known.get(stem(id));
    if (!image) throw new Error(`COCO ${origin}: image ${id} is not among the ${images.length} annotated images of val (${list})`);
    return image;
  });
}
