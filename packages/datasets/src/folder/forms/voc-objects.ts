import { readdir } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { readFile } from '@wsss/files';
import pLimit from 'p-limit';
import type { Size } from '../../dataset.js';
import { cleanPath } from '../../images/listed-path.js';
import { isPictureFile } from '../../images/picture-forms.js';
import { withoutEnding } from '../../images/short-names.js';
import { whyUnreadable } from '../../read-file.js';
import { childrenNamed, readXml, type XmlElement, xmlText } from '../../xml/read-xml.js';
import type { FolderContents, ListForm, PictureList } from '../picture-list.js';
import { type AnnotatedPicture, listOfShapes, type Shape } from './shapes.js';
import { maskFolders, splitLists } from './voc.js';

/**
 * Pascal VOC without masks: an XML file a picture, in `Annotations/` with the pictures in `JPEGImages/` or `images/`, or beside the
 * pictures (LabelImg, Roboflow). The names of its objects are the picture's classes; where Roboflow has given them a `<polygon>`, that is
 * drawn.
 */
export const vocObjectsForm: ListForm = {
  name: 'Pascal VOC, XML alone',
  about: 'an XML file a picture, in `Annotations/` or beside it (LabelImg, Roboflow): labels, and masks where objects have a `<polygon>`',
  find: async folder => {
    const { place, names } = await filesOf(folder);
    return names.length
      ? `${place ? `${place}/` : ''}${names[0]}${names.length > 1 ? ` and ${names.length - 1} more of VOC` : ''}`
      : undefined;
  },
  read: async folder => [await picturesOfObjects(folder)],
};

/** The XML files, and in which folder they are; none where there are masks, which say more. */
async function filesOf({ path, files, folders }: FolderContents): Promise<{ place: string; names: string[] }> {
  if (maskFolders.some(name => folders.has(name))) return { place: '', names: [] };
  const place = [...folders].find(name => /^annotations$/i.test(name)) ?? '';
  const here = [...files].filter(isXml);
  const there = here.length || !place ? [] : (await readdir(join(path, place), { recursive: true })).filter(isXml).map(slashed);
  const names = (here.length ? here : there).sort();
  const first = names[0] && (await readFile(join(path, here.length ? '' : place, names[0])));
  return first && isAnnotation(first) ? { place: here.length ? '' : place, names } : { place: '', names: [] };
}

const isXml = (name: string) => /\.xml$/i.test(name) && !basename(name).startsWith('.');
const slashed = (path: string) => path.split(sep).join('/');

/** Whether an XML file is of one picture; one that is damaged is taken to be, and reading it says what is wrong. */
function isAnnotation(bytes: Uint8Array): boolean {
  try {
    return !/<(?!annotation[\s>])[a-z]/i.test(/<[a-z][^>]*>/i.exec(xmlText(bytes))?.[0] ?? '');
  } catch {
    return true;
  }
}

async function picturesOfObjects(folder: FolderContents): Promise<PictureList> {
  const { place, names } = await filesOf(folder);
  const pictures = await picturesByStem(folder, place);
  const splits = await splitsByStem(folder);
  const used = new Map<string, string>();
  const leftOut: string[] = [];
  const read = await pLimit(8).map(names, async (name): Promise<AnnotatedPicture | undefined> => {
    const origin = place ? `${place}/${name}` : name;
    try {
      const root = readXml(xmlText(await readFile(join(folder.path, place, name))));
      if (root.name !== 'annotation') throw new Error(`its root element is <${root.name}>; expected <annotation>`);
      const said = cleanPath(text(root, 'filename'));
      const id = pictureOf(pictures, name, said);
      const shapes = childrenNamed(root, 'object').map(object => shapeOf(object, `${origin} line ${object.line}`));
      const picture = id
        ? { path: join(folder.path, id), id }
        : { path: join(folder.path, said || name), id: said || name, problem: 'not found' };
      const split = splits?.get(withoutEnding(name)) ?? splits?.get(withoutEnding(said));
      return { picture, origin, shapes, ...sizeOf(root), ...(split && { split }) };
    } catch (error) {
      leftOut.push(`${origin}: ${whyUnreadable(error)}`);
      return undefined;
    }
  });
  const annotated: AnnotatedPicture[] = [];
  for (const entry of read) {
    if (!entry) continue;
    const before = used.get(entry.picture.id);
    used.set(entry.picture.id, entry.origin);
    annotated.push(before ? { ...entry, picture: { ...entry.picture, problem: `is the picture of ${before}, too` } } : entry);
  }
  const list = await listOfShapes('VOC annotations', annotated, 'first');
  const without = [...pictures.values()].flat().filter(id => !used.has(id));
  list.leftOut.push(...leftOut.sort());
  if (without.length) list.notes.push(`${without.length} pictures have no XML file and are not used: ${without.slice(0, 3).join(', ')}`);
  return list;
}

/**
 * The picture of an XML file: the one of the file's own name, or of the name that it says.
 *
 * @throws Error if these are two
 */
function pictureOf(pictures: ReadonlyMap<string, string[]>, file: string, said: string): string | undefined {
  const at = (name: string) => pictures.get(withoutEnding(name)) ?? [];
  const own = at(file);
  const beside = at(join(dirname(file), basename(said)).split(sep).join('/'));
  const named = beside.length || own.length ? beside : at(said);
  const candidates = [...new Set([...own, ...named])];
  const exact = candidates.filter(path => basename(path) === basename(said));
  const stems = new Set(candidates.map(withoutEnding));
  const chosen = stems.size === 1 && exact.length === 1 ? exact : candidates;
  if (chosen.length > 1) throw new Error(`its picture may be ${chosen.join(' or ')}: it names ${said || 'none'}`);
  return chosen[0];
}

/** Pictures by their paths without ending, as ids below the folder. */
async function picturesByStem({ path, files, folders }: FolderContents, place: string): Promise<Map<string, string[]>> {
  const inFolder = place ? ['JPEGImages', 'images', 'Images', 'imgs'].find(name => folders.has(name)) : undefined;
  const stems = new Map<string, string[]>();
  const names = place ? await readdir(join(path, inFolder ?? ''), { recursive: true }) : [...files];
  for (const name of names.map(slashed).sort()) {
    if (!isPictureFile(name) || basename(name).startsWith('.')) continue;
    const id = inFolder ? `${inFolder}/${name}` : name;
    stems.set(withoutEnding(name), [...(stems.get(withoutEnding(name)) ?? []), id]);
  }
  return stems;
}

async function splitsByStem(folder: FolderContents): Promise<Map<string, string> | undefined> {
  const lists = (await splitLists(folder)).filter(({ split }) => split);
  return lists.length ? new Map(lists.flatMap(({ split, ids }) => ids.map(({ id }) => [id, split!] as const))) : undefined;
}

const text = (element: XmlElement, name: string) => childrenNamed(element, name)[0]?.text ?? '';

function sizeOf(root: XmlElement): { size?: Size } {
  const [size] = childrenNamed(root, 'size');
  const [width, height] = ['width', 'height'].map(side => Number(size && text(size, side)));
  return Number.isInteger(width) && Number.isInteger(height) && width! > 0 && height! > 0
    ? { size: { width: width!, height: height! } }
    : {};
}

function shapeOf(object: XmlElement, place: string): Shape {
  const className = text(object, 'name');
  if (!className) return { problem: `${place}: an object without a name` };
  const name = `${place}: ${className}`;
  const [polygon] = childrenNamed(object, 'polygon');
  if (!polygon) return { name, className, box: true };
  const values = new Map(polygon.children.map(child => [child.name, Number(child.text)]));
  const points: number[] = [];
  for (let i = 1; values.has(`x${i}`); i++) points.push(values.get(`x${i}`)!, values.get(`y${i}`) ?? Number.NaN);
  return points.every(Number.isFinite) ? { name, className, polygons: [points] } : { problem: `${name}: its polygon is damaged` };
}
