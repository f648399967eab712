import { stat } from 'node:fs/promises';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import type { Size } from '../dataset.js';
import { tooLarge } from '../images/picture-limits.js';
import type { CocoCategory } from './classes.js';
import { type JsonElement, jsonElements } from './json-elements.js';
import { checkSegmentation, hasNoSegmentation, isFlat } from './segmentation.js';

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
  /** As the file names it, perhaps a path. */
  file: string;
  /** In the order of the file. */
  annotations: CocoAnnotation[];
}

/** What an instances file (`instances_train2014.json`) holds, but for the outlines, of which it says where they are. */
export interface CocoInstances {
  path: string;
  /** By ascending id: category k has label k + 1. Names need not differ. */
  categories: CocoCategory[];
  /** In the order of the file. */
  images: CocoImage[];
  /**
   * Annotations of an image and a category, but without any segmentation, as lists of boxes have them; they are in no image's list. `id` is
   * what messages call them.
   */
  withoutOutline: { image: CocoImage; id: string; label: number }[];
  /**
   * Images of which the file says too little, that are too large, or named twice, and annotations that cannot be used, which are in no
   * image's list; `image` is the one they belong to.
   */
  refused: { image?: CocoImage; label?: number; reason: string }[];
  /** Annotations whose segmentation is one polygon without a list around it: how many, and the first. */
  flat: { count: number; first?: string };
}

/**
 * Reads an instances file of COCO, piece by piece: 450 MB need about 250 MB of memory. The outline of every annotation is checked.
 *
 * @param path of the file, `instances_train2017.json` for instance
 * @param options what is told meanwhile
 * @param options.onRead told now and then how much of the file has been read, in bytes
 * @throws Error naming file and byte where it is malformed or truncated, or the entry that is no category
 */
export async function readInstances(
  path: string,
  { onRead }: { onRead?: (bytes: number, of: number) => void } = {},
): Promise<CocoInstances> {
  const { categories, images, refused, unusable } = imagesAndCategories(path);
  const found: CocoInstances = { path, categories, images: [...images.values()], withoutOutline: [], refused, flat: { count: 0 } };
  const labels = new Map(categories.map(({ id }, i) => [id, i + 1]));
  const { size } = await stat(path);
  let count = 0;
  const lists = new Set<string>();
  for (const element of jsonElements(path, ['annotations'], list => lists.add(list))) {
    const { id, image_id, category_id, segmentation } = entry(path, element);
    if (++count % 4096 === 0) {
      onRead?.(element.start, size);
      await eventLoopTurn(); // lets signals and screens have their turn
    }
    if (unusable.has(image_id as number)) continue; // said of its image
    const image = images.get(image_id as number);
    const label = labels.get(category_id as number);
    try {
      if (!image) throw new Error(`its image ${said(image_id)} is not among the ${images.size} images of the file`);
      if (!label) throw new Error(`its category ${said(category_id)} is not among the ${categories.length} categories of the file`);
      if (typeof id === 'object' && id !== null) throw new Error(`its "id" is ${said(id)}; expected a whole number`);
      if (hasNoSegmentation(segmentation)) {
        found.withoutOutline.push({ image, id: nameOf(element, id), label });
        continue;
      }
      checkSegmentation(segmentation, image);
      if (isFlat(segmentation)) {
        found.flat.count++;
        found.flat.first ??= `annotation ${nameOf(element, id)} of ${image.file}`;
      }
      image.annotations.push({ id: id as number, label, start: element.start, length: element.length });
    } catch (error) {
      refused.push({
        image,
        label,
        reason: `annotation ${nameOf(element, id)}${image ? ` of ${image.file}` : ''}: ${(error as Error).message}`,
      });
    }
  }
  if (!lists.has('annotations')) throw new Error(`${path} has no "annotations"; expected a file like instances_train2014.json`);
  onRead?.(size, size);
  return found;
}

/** All that cannot be used where every annotation must have an outline. */
export const refusedForMasks = ({ refused, withoutOutline }: CocoInstances): CocoInstances['refused'] => [
  ...refused,
  ...withoutOutline.map(({ image, id, label }) => ({ image, label, reason: outlineMissing(image, id) })),
];

/** How many annotations of images and categories of the file there are, and how many of them have no outline that can be used. */
export function outlinesOf({ images, refused, withoutOutline }: CocoInstances): { count: number; unusable: number } {
  const unusable = refused.filter(({ image, label }) => image && label).length + withoutOutline.length;
  return { count: images.reduce((sum, { annotations }) => sum + annotations.length, unusable), unusable };
}

const outlineMissing = (image: CocoImage, id: string): string =>
  `annotation ${id} of ${image.file}: it has no segmentation, or an empty one; expected polygons or run lengths`;

/** Images and categories first, for annotations may come before them. */
function imagesAndCategories(path: string) {
  const categories: CocoCategory[] = [];
  const images = new Map<number, CocoImage>();
  const byFile = new Map<string, CocoImage>();
  const refused: CocoInstances['refused'] = [];
  /** Images that are refused without an entry. */
  const unusable = new Set<number>();
  const refuse = (reason: string, ...ids: number[]) => {
    refused.push({ reason });
    for (const id of ids) {
      unusable.add(id);
      images.delete(id);
    }
  };
  let named = 0;
  for (const element of jsonElements(path, ['images', 'categories'])) {
    const found = entry(path, element);
    if (element.list === 'categories') {
      const known = categories.find(({ id }) => id === found.id);
      if (!isId(found.id) || typeof found.name !== 'string') throw unlike(path, element, 'a category with "id" and "name"');
      if (known && known.name !== found.name)
        throw unlike(path, element, `each category once, and ${found.id} is ${JSON.stringify(known.name)} already`);
      if (!known) categories.push({ id: found.id as number, name: found.name });
      continue;
    }
    named++;
    const { id, file_name: file, width, height } = found as Entry & Size & { id: number; file_name: string };
    const problem = imageProblem(found);
    const other = images.get(id);
    const same = byFile.get(file);
    if (problem) refuse(`image ${typeof file === 'string' ? file : nameOf(element, id)}: ${problem}`, id);
    else if (unusable.has(id)) refuse(`image ${file}: another image has its "id" ${id}, too`);
    else if (other && other.file === file)
      continue; // the same entry again
    else if (other) refuse(`images ${other.file} and ${file} have the same "id" ${id}`, id);
    else if (same) refuse(`image ${file} is listed twice, with the "id" ${same.id} and ${id}`, same.id, id);
    else {
      const image = { id, file, width, height, annotations: [] };
      images.set(id, image);
      byFile.set(file, image);
    }
  }
  if (named === 0 || categories.length === 0)
    throw new Error(
      `${path} has ${named} "images" and ${categories.length} "categories"; ` +
        'expected at least one image and 1 to 254 categories, as in instances_train2014.json',
    );
  categories.sort((a, b) => a.id - b.id);
  for (const image of images.values()) {
    const problem = tooLarge(image);
    if (problem) refused.push({ image, reason: `image ${image.file}: ${problem}` });
  }
  return { categories, images, refused, unusable };
}

type Entry = Record<string, unknown>;

function entry(path: string, element: JsonElement): Entry {
  if (typeof element.value !== 'object' || element.value === null) throw new Error(`${placeOf(path, element)} is no object`);
  return element.value as Entry;
}

const placeOf = (path: string, { list, index, start }: JsonElement) => `${path}: ${list}[${index}] at byte ${start}`;

/** How an entry is called: by its id, or by its place in the list. */
const nameOf = ({ list, index }: JsonElement, id: unknown) => (isId(id) ? String(id) : `${list}[${index}]`);

function unlike(path: string, element: JsonElement, expected: string): Error {
  return new Error(`${placeOf(path, element)}: expected ${expected}, found ${JSON.stringify(element.value).slice(0, 200)}`);
}

/** The field of an image that is not as it must be, if one is not. */
function imageProblem(found: Entry): string | undefined {
  const fields = [
    ['id', isId(found.id), 'a whole number'],
    ['file_name', typeof found.file_name === 'string' && found.file_name !== '', 'the name of a file'],
    ['width', isSide(found.width), 'a whole number from 1 to 65535'],
    ['height', isSide(found.height), 'a whole number from 1 to 65535'],
  ] as const;
  const wrong = fields.find(([, isRight]) => !isRight);
  if (!wrong) return undefined;
  const [name, , expected] = wrong;
  const value = name in found ? `is ${said(found[name])}` : 'is missing';
  return `its "${name}" ${value}; expected ${expected}`;
}

/** A value in a message; of one that is not there, that. */
const said = (value: unknown) => (value === undefined ? '(none)' : JSON.stringify(value).slice(0, 60));

const isId = (value: unknown) => Number.isSafeInteger(value);
const isSide = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 16;
