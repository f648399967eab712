import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Size } from '../dataset.js';
import { tooLarge } from '../images/picture-limits.js';
import type { CocoCategory } from './classes.js';
import { type JsonElement, jsonElements } from './json-elements.js';
import { checkSegmentation } from './segmentation.js';

/** An annotation in an instances file; its segmentation stays there. */
export interface CocoAnnotation {
  id: number;
  /** 1 … C, the place of its category among the ascending ids. */
  label: number;
  /** Where its text begins in the file, and how long it is, in bytes. */
  start: number;
  length: number;
}

export interface CocoImage extends Size {
  id: number;
  file: string;
  /** In the order of the file. */
  annotations: CocoAnnotation[];
}

/** What an instances file (`instances_train2014.json`) holds, but for the outlines, of which it says where they are. */
export interface CocoInstances {
  path: string;
  /** By ascending id: category k has label k + 1. */
  categories: CocoCategory[];
  /** In the order of the file. */
  images: CocoImage[];
  /** Images that are too large, and annotations that cannot be used, which are in no image's list; `image` is the one they belong to. */
  refused: { image?: CocoImage; reason: string }[];
}

/**
 * Reads an instances file of COCO, piece by piece: 450 MB need about 250 MB of memory. The outline of every annotation is checked.
 *
 * @param path of the file, `instances_train2017.json` for instance
 * @param options what is asked of it
 * @param options.needSegmentation false: image-level labels will do, annotations may come without outlines. Default true
 * @param options.onRead told now and then how much of the file has been read, in bytes
 * @throws Error naming file and byte where it is malformed or truncated, or the entry that is not an image or category of COCO
 */
export async function readInstances(
  path: string,
  { needSegmentation = true, onRead }: { needSegmentation?: boolean; onRead?: (bytes: number, of: number) => void } = {},
): Promise<CocoInstances> {
  const categories: CocoCategory[] = [];
  const images = new Map<number, CocoImage>();
  const names = new Set<string>();
  // Images and categories first, for annotations may come before them.
  for (const element of jsonElements(path, ['images', 'categories'])) {
    const found = entry(path, element);
    if (element.list === 'categories') {
      check(isId(found.id) && typeof found.name === 'string', found, 'a category with "id" and "name"');
      check(!categories.some(({ id }) => id === found.id), found, 'each category once');
      categories.push({ id: found.id as number, name: found.name as string });
    } else {
      const { id, file_name: file, width, height } = found as Entry & Size & { id: number; file_name: string };
      const isImage = isId(id) && typeof file === 'string' && isSide(width) && isSide(height);
      check(isImage, found, 'an image with "id", "file_name", "width", "height"');
      check(!images.has(id) && !names.has(basename(file)), found, 'each image once');
      names.add(basename(file));
      images.set(id, { id, file, width, height, annotations: [] });
    }
  }
  if (images.size === 0 || categories.length === 0 || categories.length > 254)
    throw new Error(
      `${path} has ${images.size} "images" and ${categories.length} "categories"; ` +
        'expected at least one image and 1 to 254 categories, as in instances_train2014.json',
    );
  categories.sort((a, b) => a.id - b.id);

  const refused: CocoInstances['refused'] = [];
  for (const image of images.values()) {
    const problem = tooLarge(image);
    if (problem) refused.push({ image, reason: `image ${image.file}: ${problem}` });
  }
  const labels = new Map(categories.map(({ id }, i) => [id, i + 1]));
  const { size } = await stat(path);
  let count = 0;
  for (const element of jsonElements(path, ['annotations'])) {
    const { id, image_id, category_id, segmentation } = entry(path, element);
    const image = images.get(image_id as number);
    const label = labels.get(category_id as number);
    try {
      if (!image) throw new Error(`its image ${image_id} is not among the ${images.size} images of the file`);
      if (!label) throw new Error(`its category ${category_id} is not among the ${categories.length} categories of the file`);
      if (needSegmentation) checkSegmentation(segmentation, image);
      image.annotations.push({ id: id as number, label, start: element.start, length: element.length });
    } catch (error) {
      refused.push({ image, reason: `annotation ${id}${image ? ` of ${image.file}` : ''}: ${(error as Error).message}` });
    }
    if (++count % 4096 === 0) {
      onRead?.(element.start, size);
      await eventLoopTurn(); // lets signals and screens have their turn
    }
  }
  if (count === 0) throw new Error(`${path} has no "annotations"; expected a file like instances_train2014.json`);
  onRead?.(size, size);
  return { path, categories, images: [...images.values()], refused };
}

type Entry = Record<string, unknown> & { place: string };

function entry(path: string, { list, index, start, value }: JsonElement): Entry {
  const place = `${path}: ${list}[${index}] at byte ${start}`;
  if (typeof value !== 'object' || value === null) throw new Error(`${place} is no object`);
  return { ...value, place };
}

function check(condition: boolean, { place, ...found }: Entry, expected: string): void {
  if (!condition) throw new Error(`${place}: expected ${expected}, found ${JSON.stringify(found).slice(0, 200)}`);
}

const isId = (value: unknown) => Number.isSafeInteger(value);
const isSide = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 16;
