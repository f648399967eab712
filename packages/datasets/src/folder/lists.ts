import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { shortNames, withoutEnding } from '../images/short-names.js';
import { classNames } from './class-names.js';
import { divide } from './divide.js';
import { contentsOf, formsOf, listsOf } from './forms/forms.js';
import type { ListedPicture, PictureList } from './picture-list.js';
import { isSplitName, splitMeant, splitNames } from './splits.js';

/** The splits that a folder has: its folders of such names, or those that lists may have. */
export async function splitsOfFolder(root: string): Promise<readonly string[]> {
  const contents = await contentsOf(root);
  const parts = splitNames.flatMap(name =>
    [...contents.folders].filter(folder => folder.toLowerCase().startsWith(name) && isSplitName(folder)),
  );
  return parts.length && !(await formsOf(contents)).length ? [...new Set(parts)] : ['train', 'val', 'test'];
}

/** The folder of a split, or of all data where it is not divided into folders. */
interface FolderPart {
  /** Name of the folder below the root; empty where it is not divided. */
  name: string;
  form: string;
  lists: PictureList[];
  /** Those of all lists. */
  pictures: ListedPicture[];
  /** Label PNGs in `masks/`. */
  masks: ReadonlyMap<ListedPicture, string>;
  /** Label PNGs there that belong to no picture. */
  unmatched: string[];
}

/** All that lists say of the pictures of a folder. */
export interface FolderLists {
  parts: FolderPart[];
  /** Of all parts together. */
  classes: string[];
  /** Categories that no annotation has, and that are no classes. */
  unused: string[];
}

/**
 * Reads the lists of a folder, or of those in it that are splits.
 *
 * @param split what it is read for; a folder of this name is a split, too
 * @throws Error if no form that is read is there, a list is damaged, or there is no such split
 */
export async function folderLists(root: string, split?: string): Promise<FolderLists> {
  const contents = await contentsOf(root);
  const names = [...contents.folders].filter(name => name === split || isSplitName(name));
  const isDivided = names.length > 0 && !(await formsOf(contents)).length;
  if (isDivided && split !== undefined && splitMeant(split, names, `folder ${root}`) === undefined)
    throw new Error(`folder ${root} has no split ${split}; it has ${names.sort().join(', ')}`);
  const parts: FolderPart[] = [];
  for (const name of isDivided ? names : ['']) {
    const { form, lists } = await listsOf(await contentsOf(join(root, name), root));
    const pictures = lists.flatMap(list => list.pictures);
    parts.push({ name, form: form.name, lists, pictures, ...(await maskFiles(join(root, name), pictures)) });
  }
  const { names: classes, unused } = await classNames(
    root,
    parts.flatMap(({ lists }) => lists),
    parts.some(({ masks }) => masks.size > 0),
  );
  return { parts, classes, unused };
}

/** The pictures of a split with their masks, and the classes of all splits together. */
export async function pictureLists(root: string, split: string) {
  const { parts, classes, unused } = await folderLists(root, split);
  const meant =
    parts[0]!.name &&
    splitMeant(
      split,
      parts.map(({ name }) => name),
      `folder ${root}`,
    );
  const { lists, pictures: all, masks, unmatched } = parts.find(({ name }) => name === meant)!;
  const { pictures, again } = withoutAgain(meant ? all : divide(root, all, split, picture => masks.has(picture)));
  const sum = (of: 'count' | 'unusable') => lists.reduce((total, { outlines }) => total + (outlines?.[of] ?? 0), 0);
  const notes = [
    ...lists.flatMap(list => list.notes),
    ...(meant && meant !== split ? [`${split} is read from the folder ${meant}`] : []),
    ...(unused.length ? [`no annotation has the category ${unused.join(', ')}, so it is no class (classes.txt can name it)`] : []),
    ...(unmatched.length
      ? [`${unmatched.length} files in masks/ belong to no picture of the list: ${unmatched.slice(0, 5).join(', ')}`]
      : []),
    ...withoutSplit(meant ? [] : all),
  ];
  return {
    ...{ pictures, classes, masks },
    opened: {
      leftOut: [...lists.flatMap(({ leftOut }) => leftOut), ...again],
      ...(lists.some(({ outlines }) => outlines) && { outlines: { count: sum('count'), unusable: sum('unusable') } }),
      notes,
    },
  };
}

/** Pictures each once, where several lists name them: the first counts. */
function withoutAgain(pictures: readonly ListedPicture[]): { pictures: ListedPicture[]; again: string[] } {
  const named = new Map<string, ListedPicture>();
  const again: string[] = [];
  for (const picture of pictures) {
    const first = named.get(picture.path);
    if (first) again.push(`${picture.origin}: image ${picture.id} is in the list of ${first.origin}, too`);
    else named.set(picture.path, picture);
  }
  return { pictures: [...named.values()], again };
}

/** What is to be said of pictures without a split, where others name theirs. */
export function withoutSplit(pictures: readonly ListedPicture[]): string[] {
  const without = pictures.filter(({ split }) => split === undefined);
  if (!without.length || without.length === pictures.length) return [];
  return [
    `${without.length} of ${pictures.length} pictures name no split and are in none: ${without
      .slice(0, 5)
      .map(({ id }) => id)
      .join(', ')}`,
  ];
}

/** Paths of pictures without the folder `images`, which lies beside `masks`; with it, where two would become one. */
export function pathsOf(pictures: readonly ListedPicture[]): string[] {
  const whole = pictures.map(({ id }) => id);
  const paths = whole.map(id => id.replace(/^images\//, ''));
  return new Set(paths).size === new Set(whole).size ? paths : whole;
}

/**
 * The label PNGs in `masks/` by picture; and those that belong to none.
 *
 * @throws Error naming one that may be of two pictures, which differ in their ending alone, or two that may be of one
 */
async function maskFiles(folder: string, pictures: readonly ListedPicture[]) {
  const there = new Map<string, string>();
  for (const name of await readdir(join(folder, 'masks'), { recursive: true }).catch(() => []))
    if (/\.png$/i.test(name)) there.set(withoutEnding(name.split(sep).join('/')), name);
  const masks = new Map<ListedPicture, string>();
  if (there.size === 0) return { masks, unmatched: [] };
  const paths = pathsOf(pictures);
  const differing = [...new Set(paths)]; // two lists may name a picture
  const names = new Map(shortNames(differing).map((name, i) => [differing[i]!, name]));
  const taken = new Set(names.values());
  const matched = new Set<string>();
  for (const [i, picture] of pictures.entries()) {
    const { id } = picture;
    const path = paths[i]!;
    const name = names.get(path)!;
    const short = withoutEnding(path);
    const images = id.slice(0, id.length - path.length); // which some write below masks/, too
    const found = (name: string) => [...new Set([name, images + name])].filter(mask => there.has(mask));
    const file = (mask: string) => join(folder, 'masks', there.get(mask)!);
    const [unclear] = name === short || taken.has(short) ? [] : found(short);
    if (unclear !== undefined)
      throw new Error(`mask ${file(unclear)} may be of ${id} or of another picture with this name; call it masks/${name}.png`);
    const [mask, other] = found(name);
    if (mask === undefined) continue;
    if (other !== undefined) throw new Error(`masks ${file(mask)} and ${file(other)} may both be of ${id}; remove one`);
    masks.set(picture, file(mask));
    matched.add(mask);
  }
  return { masks, unmatched: [...there].flatMap(([mask, name]) => (matched.has(mask) ? [] : [name])).sort() };
}
