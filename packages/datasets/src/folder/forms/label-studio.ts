import { join } from 'node:path';
import { readFile } from '@wsss/files';
import type { Size } from '../../dataset.js';
import { findListed } from '../../images/listed-path.js';
import { isPictureFile } from '../../images/picture-forms.js';
import type { FolderContents, ListForm, PictureList } from '../picture-list.js';
import { brushedPixels } from './brush-mask.js';
import { jsonKind } from './json-kind.js';
import { ellipse } from './outlines.js';
import { type AnnotatedPicture, listOfShapes, type Shape } from './shapes.js';

/**
 * Label Studio's tasks as JSON: polygons, ellipses and brush strokes; rectangles are boxes; choices are labels of whole pictures. Of
 * several annotations of a task the first is taken that is not canceled, or the one that is marked as ground truth.
 */
export const labelStudioForm: ListForm = {
  name: 'Label Studio',
  about: 'the tasks as JSON, with the pictures: polygons, ellipses, brush; boxes or choices alone give labels without masks',
  find: async folder => filesOf(folder).join(', ') || undefined,
  read: async folder => {
    const lists: PictureList[] = [];
    for (const name of filesOf(folder)) lists.push(await picturesOfTasks(folder, name));
    return lists;
  },
};

const filesOf = ({ path, files }: FolderContents): string[] =>
  [...files].filter(name => /\.json$/i.test(name) && jsonKind(join(path, name)) === 'label-studio').sort();

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsIn = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

async function picturesOfTasks(folder: FolderContents, name: string): Promise<PictureList> {
  const path = join(folder.path, name);
  const tasks = parsed(await readFile(path, 'utf8'), path);
  const named = tasks.flatMap((task, i) => {
    if (!isFields(task)) return [];
    const file = pictureIn(task.data);
    if (!file) return [];
    const { id } = task;
    return [{ task, file, origin: `${name} task ${typeof id === 'number' || typeof id === 'string' ? id : i + 1}` }];
  });
  const annotated = named.flatMap(entry => {
    const done = fieldsIn(entry.task.annotations).filter(annotation => annotation.was_cancelled !== true);
    const chosen = done.find(annotation => annotation.ground_truth === true) ?? done[0];
    return chosen ? [{ ...entry, results: fieldsIn(chosen.result), count: done.length }] : [];
  });
  const found = await findListed(
    annotated.map(({ file }) => file),
    [folder.path, join(folder.path, 'images')],
    folder.root,
  );
  const pictures = annotated.map(({ origin, results }, i): AnnotatedPicture => {
    const size = sizeIn(results);
    return {
      picture: found[i]!,
      origin,
      ...(size && { size }),
      shapes: shapesOf(results, `${origin} (${found[i]!.id})`),
      tags: results.flatMap(({ type, value }) => (type === 'choices' && isFields(value) ? strings(value.choices) : [])),
    };
  });
  const list = await listOfShapes(name, pictures, 'last');
  const several = annotated.filter(({ count }) => count > 1).length;
  if (named.length < tasks.length) list.leftOut.push(`${name}: ${tasks.length - named.length} tasks name no picture`);
  if (annotated.length < named.length) list.notes.push(`${name}: ${named.length - annotated.length} tasks are not annotated, and not used`);
  if (several) list.notes.push(`${name}: ${several} tasks have several annotations; of each one is used, the ground truth or the first`);
  return list;
}

function parsed(text: string, path: string): unknown[] {
  try {
    const value = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`${path} is no list of tasks`);
}

/** The picture of a task: its `image`, or the one value that is a picture's name. */
function pictureIn(data: unknown): string | undefined {
  if (!isFields(data)) return undefined;
  if (typeof data.image === 'string' && data.image) return data.image;
  const files = Object.values(data).filter(
    (value): value is string => typeof value === 'string' && isPictureFile(value.replace(/\?.*$/, '')),
  );
  return files.length === 1 ? files[0] : undefined;
}

function sizeIn(results: readonly Fields[]): Size | undefined {
  const { original_width: width, original_height: height } = results.find(({ original_width: width }) => width !== undefined) ?? {};
  return Number.isInteger(width) && Number.isInteger(height) ? ({ width, height } as Size) : undefined;
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter(text => typeof text === 'string') : []);

/** What has a place: labels may be in the same result, or in another of the same id. */
const placed = /^(polygon|ellipse|brush|rectangle|keypoint|vector|bitmask)(labels)?$/;

function shapesOf(results: readonly Fields[], name: string): Shape[] {
  const labels = new Map<unknown, string[]>();
  for (const { id, value } of results) {
    if (!isFields(value)) continue;
    const found = Object.entries(value).flatMap(([key, names]) => (/labels$/.test(key) ? strings(names) : []));
    if (id !== undefined && found.length) labels.set(id, [...new Set([...(labels.get(id) ?? []), ...found])]);
  }
  const drawn = new Set<unknown>();
  return results.flatMap((result, at) => {
    const { id, type, value } = result;
    const [, kind] = (typeof type === 'string' && placed.exec(type)) || [];
    if (!kind || !isFields(value) || (id !== undefined && drawn.has(id))) return [];
    drawn.add(id);
    const own = strings(value[type as string]);
    return [shapeOf(kind, result, own.length ? own : (labels.get(id) ?? []), `${name}: region ${at + 1}`)];
  });
}

function shapeOf(kind: string, { value, original_width: w, original_height: h }: Fields, labels: readonly string[], name: string): Shape {
  const fail = (what: string) => ({ problem: `${name}: ${what}` });
  const [className, second] = labels;
  if (className === undefined) return fail('it has no label');
  if (second !== undefined) return fail(`it has the labels ${labels.join(', ')}; expected one`);
  const base = { name, className };
  if (kind === 'rectangle') return { ...base, box: true };
  const fields = value as Fields;
  const [width, height] = [w, h] as [number, number];
  if (![width, height].every(side => Number.isInteger(side) && side > 0 && side < 65_536))
    return fail('its "original_width" and "original_height" are no sizes');
  if (kind === 'polygon') {
    const points = Array.isArray(fields.points) ? (fields.points as unknown[]) : [];
    const arePairs = points.every(point => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite));
    if (!arePairs) return fail('its points are not pairs of numbers');
    return { ...base, polygons: [(points as [number, number][]).flatMap(([x, y]) => [(x * width) / 100, (y * height) / 100])] };
  }
  if (kind === 'ellipse') {
    const numbers = [fields.x, fields.y, fields.radiusX, fields.radiusY, fields.rotation ?? 0] as [number, number, number, number, number];
    if (!numbers.every(Number.isFinite)) return fail('it is damaged');
    const [x, y, radiusX, radiusY, turn] = numbers;
    const scaled = [(x * width) / 100, (y * height) / 100, (radiusX * width) / 100, (radiusY * height) / 100] as const;
    return { ...base, polygons: [ellipse(...scaled, (turn * Math.PI) / 180)] };
  }
  if (kind !== 'brush' || fields.format !== 'rle' || !Array.isArray(fields.rle))
    return fail(`a ${kind} of this kind has no inside that is read`);
  if (!fields.rle.every(Number.isFinite)) return fail('its brush mask is damaged: its "rle" holds more than numbers');
  try {
    const data = brushedPixels(Uint8Array.from(fields.rle as number[]), { width, height });
    return { ...base, polygons: [], stamp: { at: [0, 0], pixels: { width, height, data } } };
  } catch (error) {
    return fail(`its brush mask is damaged: ${(error as Error).message}`);
  }
}
