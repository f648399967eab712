import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

/** A path as a list names it, with `/` between folders. */
interface ListedPath {
  /** Without a drive, the name of a server, `.` and empty parts; `..` where it leads up. */
  parts: string[];
  /** It begins at a root: of another machine, or of a server. */
  absolute: boolean;
}

/** Reads the forms that paths have in lists: `images\a.jpg`, `C:\data\a.jpg`, `/data/a.jpg`, `./a.jpg`, `file:///a.jpg`, a web address. */
function readListedPath(name: string): ListedPath {
  let text = name.trim();
  let absolute = false;
  const address = /^[a-z][a-z0-9+.-]+:\/\/[^/]*(\/[^?#]*)?(?:\?(?:[^#]*&)?d=([^&#]*))?/i.exec(text);
  const served = /^\/data\/local-files\/\?(?:.*&)?d=([^&#]*)/.exec(text);
  const encoded = served?.[1] ?? address?.[2] ?? address?.[1];
  if (encoded !== undefined) {
    text = decoded(encoded) ?? encoded;
    absolute = true;
  }
  text = text.replaceAll('\\', '/');
  const rooted = text.replace(/^[a-z]:\/?/i, '/');
  absolute ||= rooted.startsWith('/');
  const parts: string[] = [];
  for (const part of rooted.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return { parts, absolute };
}

/** A listed path as a name below some folder: what leads out of it is left out. */
export const cleanPath = (name: string): string =>
  readListedPath(name)
    .parts.filter(part => part !== '..')
    .join('/');

/** What `%20` and the like stand for; undefined if that is nothing. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A picture that a list names: where it lies, and its path without what belongs to another machine alone. */
export interface FoundPicture {
  path: string;
  id: string;
  /** Why there is none, as a sentence that goes on after the picture's name. */
  problem?: string;
}

/**
 * Finds the pictures that a list names, in folders below `root`. Paths may be written in the forms of {@link readListedPath}, with `%20`
 * for spaces, or in another Unicode form. What a path begins with may be of the machine where the list was made: of paths from a root the
 * longest part that is here counts; of others, leading folders that all have in common may be missing here.
 *
 * @param bases folders in which paths begin
 * @returns for each name its picture; one that is not there, is named twice or lies outside of `root` has a problem
 */
export async function findListed(names: readonly string[], bases: readonly string[], root: string): Promise<FoundPicture[]> {
  const folders = folderCache();
  const listed = names.map(readListedPath);
  const inBases = async (parts: readonly string[], name: string): Promise<{ paths: string[]; outside: boolean }> => {
    const paths: string[] = [];
    let outside = false;
    const forms = [parts, ...(/%[0-9a-f]{2}/i.test(name) ? [parts.map(part => decoded(part) ?? part)] : [])];
    for (const form of forms) {
      for (const base of bases) {
        const wanted = join(base, ...form);
        if (relative(root, wanted).startsWith('..')) outside = true;
        else {
          const path = await folders.find(wanted);
          if (path && !paths.includes(path)) paths.push(path);
        }
      }
      if (paths.length) break;
    }
    return { paths, outside };
  };
  const dropped = await commonlyMissing(listed, async (parts, i) => (await inBases(parts, names[i]!)).paths.length > 0);
  const taken = new Map<string, string>();
  const results: FoundPicture[] = [];
  for (const [i, { parts, absolute }] of listed.entries()) {
    const name = names[i]!;
    let found: Awaited<ReturnType<typeof inBases>> = { paths: [], outside: false };
    let used: readonly string[] = parts;
    const most = absolute ? parts.length - 1 : dropped;
    for (let drop = absolute ? 0 : dropped; drop <= most && !found.paths.length; drop++) {
      used = parts.slice(drop);
      const next = await inBases(used, name);
      found = { paths: next.paths, outside: found.outside || next.outside };
    }
    const [path, second] = found.paths;
    const id = (path ? used : parts).filter(part => part !== '..').join('/');
    const earlier = path && taken.get(path);
    if (path) taken.set(path, name);
    if (!path) {
      const problem = found.outside ? `leads out of ${root}` : 'not found';
      results.push({ path: join(bases[0]!, ...parts.filter(part => part !== '..')), id, problem });
    } else if (second) results.push({ path, id, problem: `may be ${path} or ${second}; rename one` });
    else if (earlier !== undefined) results.push({ path, id, problem: `is the same picture as ${earlier}` });
    else results.push({ path, id: /%[0-9a-f]{2}/i.test(id) && basename(path) !== basename(id) ? (decoded(id) ?? id) : id });
  }
  return results;
}

/** How many leading folders all relative paths have in common that are not here: the fewest without which any is found. */
async function commonlyMissing(
  listed: readonly ListedPath[],
  isHere: (parts: readonly string[], index: number) => Promise<boolean>,
): Promise<number> {
  const relatives = listed.flatMap(({ parts, absolute }, i) => (absolute || parts.length === 0 ? [] : [{ parts, i }]));
  const [first] = relatives;
  if (!first) return 0;
  let common = first.parts.length - 1;
  for (const { parts } of relatives) {
    common = Math.min(common, parts.length - 1);
    while (common > 0 && !first.parts.slice(0, common).every((part, at) => part === parts[at])) common--;
  }
  for (let drop = 0; drop <= common; drop++) for (const { parts, i } of relatives) if (await isHere(parts.slice(drop), i)) return drop;
  return 0;
}

/** Looks into folders, each of which is read once. Names that differ in their Unicode form alone are the same. */
function folderCache() {
  const folders = new Map<string, Promise<{ names: Set<string>; normal: Map<string, string> }>>();
  const read = async (folder: string) => {
    const names = new Set(await readdir(folder).catch(() => [] as string[]));
    const normal = new Map<string, string>();
    for (const name of names) if (/[^\0-\x7f]/.test(name)) normal.set(name.normalize('NFC'), name);
    return { names, normal };
  };
  const namesIn = (folder: string) => {
    let found = folders.get(folder);
    if (!found) folders.set(folder, (found = read(folder)));
    return found;
  };
  /** The path of a file, if it is there. */
  async function find(path: string): Promise<string | undefined> {
    const [folder, name] = [dirname(path), basename(path)];
    let { names, normal } = await namesIn(folder);
    if (names.has(name)) return path;
    if (!/[^\0-\x7f]/.test(path) || folder === path) return undefined;
    const here = names.size ? folder : await find(folder);
    if (!here) return undefined;
    ({ names, normal } = await namesIn(here));
    const other = names.has(name) ? name : normal.get(name.normalize('NFC'));
    return other && join(here, other);
  }
  return { find };
}
