import { join } from 'node:path';
import { jsonElements, jsonNames } from '../../coco/json-elements.js';
import type { Size } from '../../dataset.js';
import { findListed } from '../../images/listed-path.js';
import { decodeLabelPng } from '../../images/read-label-png.js';
import type { FolderContents, ListForm, PictureList } from '../picture-list.js';
import { jsonKind } from './json-kind.js';
import { ellipse, rectangle } from './outlines.js';
import { type AnnotatedPicture, listOfShapes, type Shape } from './shapes.js';

/**
 * LabelMe: a JSON file a picture, with `shapes`. Polygons, rectangles, circles and masks are drawn, later ones over earlier ones, as
 * labelme's own export has them; `_background_` is 0 and `__ignore__` 255.
 */
export const labelmeForm: ListForm = {
  name: 'LabelMe',
  about: 'a JSON file beside each picture, with its shapes: polygons, rectangles, circles and masks',
  find: async folder => {
    const found = filesOf(folder);
    return found.length ? `${found[0]}${found.length > 1 ? ` and ${found.length - 1} more of LabelMe` : ''}` : undefined;
  },
  read: async folder => [await picturesOfLabelme(folder)],
};

function filesOf({ path, files }: FolderContents): string[] {
  return [...files].filter(name => /\.json$/i.test(name) && jsonKind(join(path, name)) === 'labelme').sort();
}

interface LabelmeShape {
  label?: unknown;
  points?: unknown;
  shape_type?: unknown;
  mask?: unknown;
}

async function picturesOfLabelme(folder: FolderContents): Promise<PictureList> {
  const names = filesOf(folder);
  const said = names.map(name => topOf(join(folder.path, name)));
  const found = await findListed(
    said.map(({ imagePath }, i) => imagePath ?? names[i]!.replace(/\.json$/i, '.jpg')),
    [folder.path, join(folder.path, 'images')],
    folder.root,
  );
  const pictures = names.map((name, i): AnnotatedPicture => {
    const shapes = [...jsonElements(join(folder.path, name), ['shapes'])].map(
      ({ value }) => (typeof value === 'object' && value !== null ? value : {}) as LabelmeShape,
    );
    const { size } = said[i]!;
    return {
      picture: found[i]!,
      origin: name,
      ...(size && { size }),
      shapes: shapes.map((shape, at) => shapeOf(shape, `${name} shape ${at + 1}`)),
    };
  });
  return listOfShapes(names.length === 1 ? names[0]! : 'LabelMe', pictures, 'last');
}

/** What a file says of its picture. */
function topOf(path: string): { imagePath?: string; size?: Size } {
  const values: Record<string, unknown> = {};
  for (const { name, read } of jsonNames(path)) if (['imagePath', 'imageWidth', 'imageHeight'].includes(name)) values[name] = read();
  const { imagePath, imageWidth: width, imageHeight: height } = values;
  return {
    ...(typeof imagePath === 'string' && imagePath && { imagePath }),
    ...(Number.isInteger(width) && Number.isInteger(height) && { size: { width, height } as Size }),
  };
}

function shapeOf({ label, points, shape_type: type = 'polygon', mask }: LabelmeShape, name: string): Shape {
  const fail = (what: string) => ({ problem: `${name}: ${what}` });
  if (typeof label !== 'string' || !label) return fail('it has no label');
  const isPoint = (point: unknown): point is [number, number] => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  if (!Array.isArray(points) || !points.every(isPoint)) return fail('its points are not pairs of numbers');
  const [first, second] = points as [number, number][];
  const base = { name, className: label };
  if (type === 'mask' && typeof mask === 'string' && first) {
    try {
      const pixels = decodeLabelPng(Buffer.from(mask, 'base64'));
      return { ...base, polygons: [], stamp: { at: [Math.round(first[0]), Math.round(first[1])], pixels } };
    } catch (error) {
      return fail(`its mask cannot be read: ${(error as Error).message}`);
    }
  }
  if (type === 'polygon' || type === null) return { ...base, polygons: [points.flat()] };
  if (type === 'rectangle' && first && second) return { ...base, polygons: [rectangle(...first, ...second)], isRectangle: true };
  if (type === 'circle' && first && second) {
    const radius = Math.hypot(first[0] - second[0], first[1] - second[1]);
    return { ...base, polygons: [ellipse(...first, radius, radius)] };
  }
  return fail(`it is a ${JSON.stringify(type)} of ${points.length} points, which has no inside`);
}
