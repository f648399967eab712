import { join } from 'node:path';
import { jsonElements, jsonNames } from '../../coco/json-elements.js';
import { ignoreLabel, type LabelMap, type Size } from '../../dataset.js';
import { isBackground } from '../../images/label-map-file.js';
import { findListed } from '../../images/listed-path.js';
import { decodeLabelPng } from '../../images/read-label-png.js';
import { readPictureSize } from '../../images/read-picture.js';
import type { FolderContents, ListForm, PictureList } from '../picture-list.js';
import { jsonKind } from './json-kind.js';
import { drawOutlines, ellipse, type Outline, outlineProblem, rectangle } from './outlines.js';

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

interface Shape {
  label?: unknown;
  points?: unknown;
  shape_type?: unknown;
  mask?: unknown;
}

async function picturesOfLabelme(folder: FolderContents): Promise<PictureList> {
  const list: PictureList = { pictures: [], leftOut: [], outlines: { count: 0, unusable: 0 }, notes: [] };
  const names = filesOf(folder);
  const said = names.map(name => topOf(join(folder.path, name)));
  const found = await findListed(
    said.map(({ imagePath }, i) => imagePath ?? names[i]!.replace(/\.json$/i, '.jpg')),
    [folder.path, join(folder.path, 'images')],
    folder.root,
  );
  for (const [i, name] of names.entries()) {
    const picture = found[i]!;
    const file = join(folder.path, name);
    const size = said[i]!.size ?? (picture.problem ? { width: 1, height: 1 } : await readPictureSize(picture.path).catch(() => undefined));
    const shapes = [...jsonElements(file, ['shapes'])].map(({ value }) => value as Shape);
    const drawn = shapes.map((shape, at) => drawnShape(shape, `${name} shape ${at + 1}`, size ?? { width: 1, height: 1 }));
    const problems = drawn.flatMap(shape => ('problem' in shape ? [shape.problem] : []));
    list.outlines!.count += shapes.length;
    list.outlines!.unusable += problems.length;
    list.leftOut.push(...problems);
    if (problems.length) continue;
    const outlines = drawn.filter((shape): shape is Outline => !('problem' in shape));
    const classes = [...new Set(outlines.map(({ className }) => className))].filter(
      label => !isBackground(label) && label !== '__ignore__',
    );
    const mask = async (labelOf: (name: string) => number) => {
      const of = (label: string) => (label === '__ignore__' ? ignoreLabel : isBackground(label) ? 0 : labelOf(label));
      return shapesMap(said[i]!.size ?? (await readPictureSize(picture.path)), outlines, of);
    };
    list.pictures.push({ ...picture, classes, origin: name, mask });
  }
  return list;
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

type Drawn = Outline & { map?: { at: [number, number]; pixels: LabelMap } };

function drawnShape({ label, points, shape_type: type = 'polygon', mask }: Shape, name: string, size: Size): Drawn | { problem: string } {
  const fail = (what: string) => ({ problem: `${name}: ${what}` });
  if (typeof label !== 'string' || !label) return fail('it has no label');
  const isPoint = (point: unknown): point is [number, number] => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  if (!Array.isArray(points) || !points.every(isPoint)) return fail('its points are not pairs of numbers');
  const [first, second] = points as [number, number][];
  const base = { name, className: label };
  if (type === 'mask' && typeof mask === 'string' && first) {
    try {
      const pixels = decodeLabelPng(Buffer.from(mask, 'base64'));
      return { ...base, polygons: [], map: { at: [Math.round(first[0]), Math.round(first[1])], pixels } };
    } catch (error) {
      return fail(`its mask cannot be read: ${(error as Error).message}`);
    }
  }
  let polygon: number[];
  if (type === 'polygon' || type === null) polygon = points.flat();
  else if (type === 'rectangle' && first && second) polygon = rectangle(...first, ...second);
  else if (type === 'circle' && first && second) {
    const radius = Math.hypot(first[0] - second[0], first[1] - second[1]);
    polygon = ellipse(...first, radius, radius);
  } else return fail(`it is a ${JSON.stringify(type)} of ${points.length} points, which has no inside`);
  const problem = outlineProblem([polygon], size);
  return problem ? fail(problem) : { ...base, polygons: [polygon] };
}

/** Later shapes lie over earlier ones. */
function shapesMap(size: Size, shapes: readonly Drawn[], labelOf: (name: string) => number): LabelMap {
  const map: LabelMap = { ...size, data: new Uint8Array(size.width * size.height) };
  for (const shape of shapes) {
    const label = labelOf(shape.className);
    if (shape.map) paint(map, shape.map.at, shape.map.pixels, label);
    else
      paint(
        map,
        [0, 0],
        drawOutlines(size, [shape], () => 1),
        label,
      );
  }
  return map;
}

function paint(map: LabelMap, [left, top]: [number, number], { width, height, data }: LabelMap, label: number): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [toX, toY] = [x + left, y + top];
      if (data[y * width + x] && toX >= 0 && toY >= 0 && toX < map.width && toY < map.height) map.data[toY * map.width + toX] = label;
    }
}
