import { join } from 'node:path';
import { readFile } from '@wsss/files';
import type { ListedPicture, PictureList } from './picture-list.js';

/**
 * The classes of all splits together: those of `classes.txt`, one a line; or the categories that have annotations, by their ids; or
 * all names in alphabetical order. A category that no annotation has is a class only if `classes.txt` names it.
 *
 * @param hasMasks label PNGs count all categories, those without annotations as well
 * @throws Error if `classes.txt` does not name one, or the lists contradict each other
 */
export async function classNames(
  root: string,
  lists: readonly PictureList[],
  hasMasks: boolean,
): Promise<{ names: string[]; unused: string[] }> {
  const file = join(root, 'classes.txt');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const lines = text
    ?.replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(Boolean);
  const ordered = orderedNames(root, lists, hasMasks && !lines);
  const names = lines ?? ordered.names ?? [...new Set(lists.flatMap(({ pictures }) => pictures.flatMap(staticClasses)))].sort();
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`${lines ? file : `folder ${root}`} names the class ${JSON.stringify(twice)} twice`);
  const known = new Set(names);
  for (const { pictures } of lists)
    for (const picture of pictures) {
      const { id, origin } = picture;
      const unknown = staticClasses(picture).find(name => !known.has(name));
      if (unknown !== undefined) throw new Error(`${origin}: ${id} has the class ${JSON.stringify(unknown)}, which ${file} does not name`);
    }
  if (names.length === 0 || names.length > 254) {
    const [why] = names.length ? [] : [...lists.flatMap(({ leftOut }) => leftOut), ...lists.flatMap(({ notes }) => notes)];
    throw new Error(`folder ${root} has ${names.length} classes; expected 1 to 254${why ? `; ${why}` : ''}`);
  }
  return { names, unused: ordered.unused.filter(name => !known.has(name)) };
}

/** Classes of a picture as far as its list names them. */
const staticClasses = ({ classes }: ListedPicture) => (typeof classes === 'function' ? [] : classes);

/** The names that lists give an order to: by ids, or as they stand. @throws Error if it is unclear, and `masksGoByIt` */
function orderedNames(root: string, lists: readonly PictureList[], masksGoByIt: boolean): { names?: string[]; unused: string[] } {
  const given = lists.flatMap(({ classes }) => (classes ? [classes] : []));
  const [first] = given;
  if (!first) return { unused: [] };
  const differ = (what: string) =>
    new Error(`folder ${root}: the splits' categories differ, ${what}; they must have the same names and ids in all lists`);
  if (given.some(({ ids }) => !ids)) {
    const other = given.find(({ names }) => names.join('\n') !== first.names.join('\n'));
    if (other) throw differ(`${first.names.join(', ')} and ${other.names.join(', ')}`);
    return { names: [...first.names], unused: [...(first.unused ?? [])] };
  }
  const byId = new Map<number, string>();
  const byName = new Map<string, number>();
  for (const { names, ids } of given)
    for (const [i, name] of names.entries()) {
      const id = ids![i]!;
      const [sameId, sameName] = [byId.get(id), byName.get(name)];
      if (sameId !== undefined && sameId !== name) throw differ(`${id} is ${sameId} and ${name}`);
      if (sameName !== undefined && sameName !== id) throw differ(`${name} has the ids ${sameName} and ${id}`);
      byId.set(id, name);
      byName.set(name, id);
    }
  const unused = [...new Set(given.flatMap(list => list.unused ?? []))].filter(name => !byName.has(name));
  if (masksGoByIt && unused.length)
    throw new Error(
      `folder ${root}: no annotation has the category ${unused.join(', ')}, and there are label PNGs in masks/, ` +
        'whose labels may count it or not; name the classes in classes.txt, one a line, in the order of their labels from 1 on',
    );
  return { names: [...byId].sort(([a], [b]) => a - b).map(([, name]) => name), unused };
}
