import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFile } from '@wsss/files';
import { cleanPath } from '../images/listed-path.js';
import { isPictureFile } from '../images/picture-forms.js';
import { withoutEnding } from '../images/short-names.js';

export interface ListedImage {
  id: string;
  /** Where it is named, for messages: `list train.txt line 12`. */
  origin: string;
}

/**
 * The image names of an official list, one a line, in one of the forms of {@link listedNames}.
 *
 * @throws Error if the list is missing or empty, a line has another form, or a name is there twice
 */
export async function listedIn(root: string, split: string): Promise<ListedImage[]> {
  const folder = join(root, 'ImageSets', 'Segmentation');
  const text = await readFile(join(folder, `${split}.txt`), 'utf8').catch(async error => {
    const there = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.txt'));
    const has = there.length > 0 ? `, which has ${there.join(', ')}` : '';
    throw new Error(`VOC list ${split}.txt not found in ${folder}${has}`, { cause: error });
  });
  const records = listedNames(text, `list ${split}.txt`);
  if (records.length === 0) throw new Error(`VOC list ${join(folder, `${split}.txt`)} names no image`);
  const lines = new Map<string, string>();
  for (const { id, origin } of records) {
    const earlier = lines.get(id);
    if (earlier) throw new Error(`VOC ${origin}: ${id} is named before, in ${earlier}; name each image once`);
    lines.set(id, origin);
  }
  return records;
}

/**
 * The names in a list, one a line; Windows line ends, spaces around names and blank lines are fine. A line may also be
 *
 * - a path, with or without ending: `JPEGImages/2007_000032.jpg`;
 * - an image and its mask, as DeepLab's lists have them: `/JPEGImages/2007_000032.jpg /SegmentationClassAug/2007_000032.png`;
 * - a name and the numbers of its classes: `2007_000032 0 14`.
 *
 * @param origin what messages call the list
 * @throws Error naming a line that has several paths in another form, or whose image and mask have different names
 */
export function listedNames(text: string, origin: string): ListedImage[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n|\r/)
    .map((line, i) => ({ line: line.trim(), origin: `${origin} line ${i + 1}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, origin }) => ({ id: nameIn(line, origin), origin }));
}

function nameIn(line: string, origin: string): string {
  const [first, ...others] = line.split(/\s+/) as [string, ...string[]];
  if (others.every(word => /^\d+$/.test(word))) return stemOf(first);
  if (others.length === 1 && isPath(first) && isPath(others[0]!)) {
    const [image, mask] = [stemOf(first), stemOf(others[0]!)];
    if (image === mask) return image;
    throw new Error(`${origin}: the image is ${image}, its mask ${mask}; a mask must have the name of its image`);
  }
  if (others.length === 1 && others[0] === '-1')
    throw new Error(`${origin}: ${JSON.stringify(line)} says that an image does not show a class; expected a list of names, one a line`);
  if ([first, ...others].some(word => /[/\\]/.test(word)) && !isPictureFile(line))
    throw new Error(`${origin}: ${JSON.stringify(line.slice(0, 80))}: expected a name, or the paths of an image and its mask`);
  return stemOf(line); // with spaces in it
}

const isPath = (word: string) => /[/\\]/.test(word) || isPictureFile(word);

/** The name of an image without folders and ending. */
function stemOf(word: string): string {
  const name = isPath(word) ? (cleanPath(word).split('/').at(-1) ?? word) : word;
  return isPictureFile(name) ? withoutEnding(name) : name;
}

/**
 * `train_aug`: every mask of SegmentationClassAug whose image is not in the given list, sorted by name.
 *
 * @throws Error if the folder or the list is missing, or a line of the list names nothing that is there: what it stands for would be
 *   trained on
 */
export async function maskedButNotIn(root: string, split: string): Promise<ListedImage[]> {
  const folder = join(root, 'SegmentationClassAug');
  const names = await readdir(folder).catch(() => {
    throw new Error(`VOC train_aug needs the masks of SBD in ${folder}, which does not exist; use split train, or add that folder`);
  });
  const list = await listedIn(root, split);
  const pictures = await readdir(join(root, 'JPEGImages')).catch(() => []);
  const known = new Set([...names, ...pictures].map(withoutEnding));
  const nowhere = list.find(({ id }) => !known.has(id));
  if (nowhere)
    throw new Error(
      `VOC ${nowhere.origin}: ${nowhere.id} is neither in SegmentationClassAug nor in JPEGImages, so that it holds nothing back from ` +
        'train_aug; mend the line or take it out',
    );
  const held = new Set(list.map(({ id }) => id));
  const records = names
    .filter(name => name.endsWith('.png') && !held.has(name.slice(0, -4)))
    .sort()
    .map(name => ({ id: name.slice(0, -4), origin: `mask SegmentationClassAug/${name}` }));
  if (records.length === 0) throw new Error(`VOC train_aug is empty: ${folder} has no mask that is not in ${split}.txt`);
  return records;
}
