import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ListedImage {
  id: string;
  /** Where it is named, for messages: `list train.txt line 12`. */
  origin: string;
}

/**
 * The image names of an official list, one a line; Windows line ends, spaces around names and blank lines are fine.
 *
 * @throws Error if the list is missing or empty
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
  return records;
}

/** The names in a list, one a line. @param origin what messages call the list */
export function listedNames(text: string, origin: string): ListedImage[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line, i) => ({ id: line.trim(), origin: `${origin} line ${i + 1}` }))
    .filter(({ id }) => id !== '');
}

/**
 * `train_aug`: every mask of SegmentationClassAug whose image is not in the given list, sorted by name.
 *
 * @throws Error if the folder or the list is missing
 */
export async function maskedButNotIn(root: string, split: string): Promise<ListedImage[]> {
  const folder = join(root, 'SegmentationClassAug');
  const names = await readdir(folder).catch(() => {
    throw new Error(`VOC train_aug needs the masks of SBD in ${folder}, which does not exist; use split train, or add that folder`);
  });
  const held = new Set((await listedIn(root, split)).map(({ id }) => id));
  const records = names
    .filter(name => name.endsWith('.png') && !held.has(name.slice(0, -4)))
    .sort()
    .map(name => ({ id: name.slice(0, -4), origin: `mask SegmentationClassAug/${name}` }));
  if (records.length === 0) throw new Error(`VOC train_aug is empty: ${folder} has no mask that is not in ${split}.txt`);
  return records;
}
