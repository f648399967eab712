import { jsonNames } from '../../coco/json-elements.js';

/** What a JSON file is, as far as its first names tell. */
export type JsonKind = 'coco' | 'labelme' | 'via' | 'label-studio' | 'createml' | 'datumaro' | 'supervisely' | 'other' | 'damaged';

/**
 * Tells what a JSON file is. Little of it is read.
 *
 * @param taken whether a file that is damaged, or that nothing tells of, is to be taken for COCO's form, for it has one of its names: then
 *   reading it says what is wrong
 */
export function jsonKind(path: string, taken = false): JsonKind {
  let kind: JsonKind;
  try {
    kind = kindOf(path);
  } catch {
    kind = 'damaged';
  }
  return taken && (kind === 'other' || kind === 'damaged') ? 'coco' : kind;
}

function kindOf(path: string): JsonKind {
  const names: string[] = [];
  for (const { name, opens, read } of jsonNames(path)) {
    names.push(name);
    if (name.startsWith('_via_')) return 'via';
    if (name === 'shapes' && opens === '[') return 'labelme';
    if (name === 'items' && opens === '[') return 'datumaro';
    if ((name === 'images' || name === 'annotations') && opens === '[') return 'coco';
    if ((name === 'objects' || name === 'classes') && opens === '[') return 'supervisely';
    if (names.length > 1 || opens !== '{') continue;
    const inside = read() as object; // of the first name
    if ('filename' in inside && 'regions' in inside) return 'via';
    if (name !== '[]') continue;
    if ('annotations' in inside && 'data' in inside) return 'label-studio';
    if ('annotations' in inside && ('image' in inside || 'imagefilename' in inside)) return 'createml';
  }
  return 'other';
}
