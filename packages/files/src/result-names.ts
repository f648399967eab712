import { createHash } from 'node:crypto';
import { visible } from './visible.js';

/** Bytes of a name that stays as it is: with a class, an ending and the mark of an unfinished file, a file's name has at most 255. */
const mostBytes = 150;
const readableBytes = 60;

/**
 * Where results go that are called after records: a path for each name, with `/` between folders, that lies inside whatever folder it is
 * appended to. Nothing but this decides about such paths.
 *
 * A name that every system takes as it is, stays as it is, folders included. Any other (absolute, with `..`, of a device, with controls,
 * too long, in another Unicode form, …) becomes its readable rest, `~` and 24 hexadecimal digits of its SHA-256. So does each of several
 * names that would be one file, here or on a disk that does not tell capitals.
 *
 * @param names of all records that have results in one folder, each once.
 * @param wanted what a name should become, if that is possible, such as the name without its ending.
 * @returns paths in the order of the names, no two of them alike.
 * @throws Error if two records have the same name.
 */
export function resultNames(names: readonly string[], wanted: (name: string) => string = name => name): string[] {
  const first = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const before = first.get(name);
    if (before !== undefined)
      throw new Error(
        `records ${before} and ${i} (counted from 0) are both called ${visible(name)}, and their results would be one file; rename one`,
      );
    first.set(name, i);
  }
  const plain = names.map(name => (isSafe(wanted(name)) ? wanted(name) : coded(name)));
  const count = new Map<string, number>();
  for (const path of plain) count.set(folded(path), (count.get(folded(path)) ?? 0) + 1);
  return plain.map((path, i) => (count.get(folded(path))! > 1 ? coded(names[i]!) : path));
}

/** The path of a name that stands alone, see {@link resultNames}. */
export const resultName = (name: string): string => resultNames([name])[0]!;

/**
 * Parts of files' names that stand for classes: letters, digits and `_`, so that `RECORD-CLASS` can be read in one way only. Those that
 * would be alike get their number.
 */
export function classFileNames(classes: readonly string[]): string[] {
  const plain = classes.map(name => cut(name.normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, '_'), 36));
  return plain.map((part, i) => {
    const isAlone = plain.every((other, j) => j === i || folded(other) !== folded(part));
    return isAlone && part !== '' && part !== '_' && folded(part) !== 'auxiliary' ? part : `${part}~${i}`;
  });
}

const devices = /^(con|prn|aux|nul|clock\$|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(\.|$)/i;
/** A folder of such a name could be a result of another record. */
const isResult = /\.(png|jpe?g|npy|safetensors|jsonl?|html|tmp)$/i;
const isCoded = /~[0-9a-f]{24}$/;

function isSafe(name: string): boolean {
  const parts = name.split('/');
  return (
    Buffer.byteLength(name) <= mostBytes &&
    name === name.normalize('NFC') &&
    !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}<>:"|?*\\]/u.test(name) &&
    parts.every(part => part !== '' && !/^[. ]|[. ]$/.test(part) && !devices.test(part)) &&
    !parts.slice(0, -1).some(part => isResult.test(part)) &&
    !isCoded.test(name)
  );
}

function coded(name: string): string {
  const readable = name.normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, '_');
  const hash = createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex'); // UTF-8 has no half characters
  return `${cut(readable.replace(/^_|_$/g, ''), readableBytes) || 'unnamed'}~${hash.slice(0, 24)}`;
}

/** As much of a text as has so many bytes. */
function cut(text: string, bytes: number): string {
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}

/** The same for names that a disk may take for one. */
const folded = (path: string) => path.normalize('NFKC').toUpperCase().toLowerCase();
