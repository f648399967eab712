import { join } from 'node:path';
import { readFile } from '@wsss/files';
import { findListed } from '../../images/listed-path.js';
import type { FolderContents, ListForm, PictureList } from '../picture-list.js';
import { jsonKind } from './json-kind.js';
import { ellipse, rectangle } from './outlines.js';
import { listOfShapes, type Shape } from './shapes.js';

/**
 * VGG Image Annotator: its project or its annotations as JSON. A region's class is the value of its attribute; where regions have several,
 * of the one called `class`, `label`, `name` or `type`.
 */
export const viaForm: ListForm = {
  name: 'VIA',
  about: 'the project or the annotations of the VGG Image Annotator as JSON: polygons, rectangles, circles and ellipses',
  find: async folder => filesOf(folder).join(', ') || undefined,
  read: async folder => {
    const lists: PictureList[] = [];
    for (const name of filesOf(folder)) lists.push(await picturesOfVia(folder, name));
    return lists;
  },
};

const filesOf = ({ path, files }: FolderContents): string[] =>
  [...files].filter(name => /\.json$/i.test(name) && jsonKind(join(path, name)) === 'via').sort();

type Fields = Record<string, unknown>;

interface Region {
  shape_attributes: Fields;
  region_attributes: Fields;
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const partsOf = (region: Fields): Region => ({
  shape_attributes: fieldsOf(region.shape_attributes),
  region_attributes: fieldsOf(region.region_attributes),
});

function parsed(text: string, file: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

async function picturesOfVia(folder: FolderContents, name: string): Promise<PictureList> {
  const file = join(folder.path, name);
  const project = parsed(await readFile(file, 'utf8'), file);
  const entries = Object.values(fieldsOf(project._via_img_metadata ?? project)).map(fieldsOf);
  const named = entries.filter(({ filename }) => typeof filename === 'string' && filename !== '');
  const regions = named.map(entry => Object.values(fieldsOf(entry.regions)).map(region => partsOf(fieldsOf(region))));
  const attribute = classAttribute(regions.flat(), file);
  const found = await findListed(
    named.map(({ filename }) => filename as string),
    [folder.path, join(folder.path, 'images')],
    folder.root,
  );
  const pictures = found.map((picture, i) => ({
    picture,
    origin: name,
    shapes: regions[i]!.map((region, at) => shapeOf(region, attribute, `${name}: region ${at + 1} of ${picture.id}`)),
  }));
  const list = await listOfShapes(name, pictures, 'first');
  if (named.length < entries.length) list.leftOut.push(`${name}: ${entries.length - named.length} entries name no picture`);
  return list;
}

/** The attribute that tells the class of a region. @throws Error if there are several that may */
function classAttribute(regions: readonly Region[], file: string): string {
  const names = [...new Set(regions.flatMap(region => Object.keys(region.region_attributes)))];
  const usual = ['class', 'label', 'name', 'type'].find(wanted => names.some(name => name.toLowerCase() === wanted));
  const meant = names.length === 1 ? names[0] : names.find(name => usual && name.toLowerCase() === usual);
  if (meant !== undefined) return meant;
  if (regions.length === 0) return '';
  const which = names.length ? `have the attributes ${names.join(', ')}; call the one that is the class "class"` : 'have no attribute';
  throw new Error(`${file}: its regions ${which}`);
}

function shapeOf({ shape_attributes: shape, region_attributes: about }: Region, attribute: string, name: string): Shape {
  const value = about[attribute];
  const className = typeof value === 'string' ? value.trim() : '';
  if (!className) return { problem: `${name}: its attribute ${JSON.stringify(attribute)} names no class` };
  const number = (key: string) => shape[key] as number;
  const base = { name, className };
  const finite = (...values: unknown[]) => values.every(Number.isFinite);
  if (shape.name === 'polygon') {
    const [xs, ys] = [shape.all_points_x, shape.all_points_y] as [number[], number[]];
    if (!Array.isArray(xs) || !Array.isArray(ys) || xs.length !== ys.length) return { problem: `${name}: its points are damaged` };
    return { ...base, polygons: [xs.flatMap((x, i) => [x, ys[i]!])] };
  }
  if (shape.name === 'rect' && finite(shape.x, shape.y, shape.width, shape.height))
    return {
      ...base,
      polygons: [rectangle(number('x'), number('y'), number('x') + number('width'), number('y') + number('height'))],
      isRectangle: true,
    };
  if (shape.name === 'circle' && finite(shape.cx, shape.cy, shape.r))
    return { ...base, polygons: [ellipse(number('cx'), number('cy'), number('r'), number('r'))] };
  const turn = shape.theta ?? 0;
  if (shape.name === 'ellipse' && finite(shape.cx, shape.cy, shape.rx, shape.ry, turn))
    return { ...base, polygons: [ellipse(number('cx'), number('cy'), number('rx'), number('ry'), turn as number)] };
  if (typeof shape.name !== 'string') return { problem: `${name}: it does not say what shape it has` };
  const drawn = ['rect', 'circle', 'ellipse'].includes(shape.name);
  return { problem: `${name}: it is a ${JSON.stringify(shape.name)}, ${drawn ? 'and its numbers are damaged' : 'which has no inside'}` };
}
