import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Size } from '../../dataset.js';
import { findListed } from '../../images/listed-path.js';
import { readParsed } from '../../read-file.js';
import { childrenNamed, readXml, type XmlElement, xmlText } from '../../xml/read-xml.js';
import type { FolderContents, ListForm, PictureList } from '../picture-list.js';
import { isSplitName } from '../splits.js';
import { ellipse } from './outlines.js';
import { type AnnotatedPicture, listOfShapes, type Shape } from './shapes.js';

const isList = (name: string) => /^annotations\.xml$/i.test(name);

/**
 * CVAT for images 1.1: `annotations.xml` with polygons, masks, ellipses, boxes and tags of each picture, which lie in `images/`, perhaps in
 * a folder a subset. Shapes of a higher `z_order` lie over others, as in CVAT's own masks.
 */
export const cvatForm: ListForm = {
  name: 'CVAT for images',
  about: '`annotations.xml` and pictures in `images/`: polygons, masks, ellipses; boxes or tags alone give labels without masks',
  find: async ({ files }) => [...files].find(isList),
  read: async folder => [await picturesOfCvat(folder, [...folder.files].find(isList)!)],
};

async function picturesOfCvat(folder: FolderContents, name: string): Promise<PictureList> {
  const path = join(folder.path, name);
  const root = await readParsed('annotations', path, bytes => readXml(xmlText(bytes)));
  if (root.name !== 'annotations')
    throw new Error(`${path}: its root element is <${root.name}>; expected <annotations>, as CVAT writes it`);
  const images = childrenNamed(root, 'image');
  if (childrenNamed(root, 'track').length)
    throw new Error(`${path} is of "CVAT for video", whose frames have no names; export it as "CVAT for images" or COCO, with the images`);
  if (!images.length) throw new Error(`${path} names no <image>`);
  const unnamed = images.find(image => !image.attributes.get('name'));
  if (unnamed) throw new Error(`${path} line ${unnamed.line}: an image without a name`);
  const imageFolder = join(folder.path, 'images');
  const below = new Set(await readdir(imageFolder).catch(() => []));
  const subsetOf = (image: XmlElement) => image.attributes.get('subset') ?? '';
  const names = images.map(image => (below.has(subsetOf(image)) ? `${subsetOf(image)}/` : '') + image.attributes.get('name')!);
  const found = await findListed(names, [imageFolder, folder.path], folder.root);
  const pictures = images.map((image, i): AnnotatedPicture => {
    const split = subsetOf(image).toLowerCase();
    return {
      picture: found[i]!,
      origin: `${name} line ${image.line}`,
      ...(isSplitName(split) && { split }),
      ...sizeOf(image),
      shapes: shapesOf(image, name, found[i]!.id),
      tags: childrenNamed(image, 'tag').flatMap(tag => tag.attributes.get('label') ?? []),
    };
  });
  return listOfShapes(name, pictures, 'last');
}

function sizeOf({ attributes }: XmlElement): { size?: Size } {
  const [width, height] = ['width', 'height'].map(side => Number(attributes.get(side)));
  return width! > 0 && height! > 0 && Number.isInteger(width) && Number.isInteger(height)
    ? { size: { width: width!, height: height! } }
    : {};
}

function shapesOf(image: XmlElement, list: string, picture: string): Shape[] {
  const elements = image.children.filter(({ name }) => name !== 'tag');
  const order = (element: XmlElement) => Number(element.attributes.get('z_order') ?? 0) || 0;
  return elements.sort((a, b) => order(a) - order(b)).map(element => shapeOf(element, `${list} line ${element.line}, in ${picture}`));
}

function shapeOf({ name: kind, attributes }: XmlElement, name: string): Shape {
  const fail = (what: string) => ({ problem: `${name}: ${what}` });
  const className = attributes.get('label');
  if (!className) return fail(`a <${kind}> without a label`);
  const base = { name: `${name}: <${kind}>`, className };
  if (kind === 'box') return { ...base, box: true };
  const numbers = (...keys: string[]) => keys.map(key => Number.parseFloat(attributes.get(key) ?? ''));
  if (kind === 'polygon') {
    const points = (attributes.get('points') ?? '').split(/[;,]/).map(Number);
    return points.length % 2 || !points.every(Number.isFinite)
      ? fail('the points of its <polygon> are damaged')
      : { ...base, polygons: [points] };
  }
  if (kind === 'ellipse') {
    const [x, y, radiusX, radiusY] = numbers('cx', 'cy', 'rx', 'ry') as [number, number, number, number];
    if (![x, y, radiusX, radiusY].every(Number.isFinite)) return fail('its <ellipse> is damaged');
    const turn = (Number(attributes.get('rotation') ?? 0) * Math.PI) / 180;
    return { ...base, polygons: [ellipse(x, y, radiusX, radiusY, turn)] };
  }
  if (kind !== 'mask') return fail(`a <${kind}> has no inside`);
  const [left, top, width, height] = numbers('left', 'top', 'width', 'height') as [number, number, number, number];
  const runs = (attributes.get('rle') ?? '').split(',').map(Number);
  const whole = [left, top, width, height, ...runs].every(value => Number.isSafeInteger(value) && value >= 0);
  const sum = whole ? runs.reduce((total, run) => total + run, 0) : Number.NaN;
  if (!whole || sum !== width * height || sum > 2 ** 26)
    return fail(`the runs of its <mask> are damaged: they are of ${sum} pixels, it has ${width}×${height}`);
  // Along rows; the first run is outside.
  const data = new Uint8Array(sum);
  let at = 0;
  for (const [i, run] of runs.entries()) data.fill(i % 2, at, (at += run));
  return { ...base, polygons: [], stamp: { at: [left, top], pixels: { width, height, data } } };
}
