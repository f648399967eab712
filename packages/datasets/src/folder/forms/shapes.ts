import { ignoreLabel, type LabelMap, type Size } from '../../dataset.js';
import { isBackground } from '../../images/label-map-file.js';
import type { FoundPicture } from '../../images/listed-path.js';
import { tooLarge } from '../../images/picture-limits.js';
import { readPictureSize } from '../../images/read-picture.js';
import type { PictureList } from '../picture-list.js';
import { drawOutlines, type Outline, outlineProblem } from './outlines.js';

/** A mask of its own that a shape has: where its upper left pixel lies, and its pixels, of which those that are not 0 count. */
interface Stamp {
  at: [left: number, top: number];
  pixels: LabelMap;
}

/** What a tool has said of an object: what it covers, or that it is a box around it, or what is wrong with it. */
export type Shape = Drawn | { name: string; className: string; box: true } | { problem: string };

type Drawn = Outline & { stamp?: Stamp; isRectangle?: boolean };

/** A picture as a tool's list has it. */
export interface AnnotatedPicture {
  picture: FoundPicture;
  split?: string;
  /** Where it is named, for messages. */
  origin: string;
  /** Its size, where the list gives it. */
  size?: Size;
  /** In the order of the list. */
  shapes: Shape[];
  /** Classes that the whole picture is said to have. */
  tags?: readonly string[];
}

/**
 * The list of pictures whose objects a tool's file describes. A picture with an object that cannot be used is left out. Where all objects
 * are boxes, there are labels and no masks; a box among outlines cannot be used, for it would be a hole in the ground truth. What pictures
 * as a whole are said to have are their classes where they have no objects.
 *
 * @param name what messages call the list
 * @param above which shape a pixel belongs to where several cover it
 */
export async function listOfShapes(name: string, pictures: readonly AnnotatedPicture[], above: 'first' | 'last'): Promise<PictureList> {
  const list: PictureList = { pictures: [], leftOut: [], notes: [] };
  const all = pictures.flatMap(({ shapes }) => shapes);
  const boxes = all.filter(shape => 'box' in shape);
  const tags = [...new Set(pictures.flatMap(picture => picture.tags ?? []))];
  const outlined = boxes.length < all.length || (boxes.length === 0 && tags.length === 0);
  const counted = { count: all.length, unusable: 0 };
  for (const { picture, split, origin, size, shapes, tags = [] } of pictures) {
    const unlikely = size && wrongSize(size);
    if (unlikely) {
      list.leftOut.push(`${origin}: its picture ${unlikely}`);
      counted.unusable += shapes.length;
      continue;
    }
    const measured = size ?? (picture.problem ? undefined : await readPictureSize(picture.path).catch(() => undefined));
    const problems = shapes.flatMap(shape => problemOf(shape, outlined, measured));
    counted.unusable += problems.length;
    list.leftOut.push(...problems);
    if (problems.length) continue;
    const drawn = shapes.filter((shape): shape is Drawn => 'polygons' in shape);
    if (above === 'first') drawn.reverse();
    const found = shapes.flatMap(shape => ('className' in shape ? [shape.className] : []));
    const classes = [...new Set(all.length ? found : tags)].filter(isClass);
    list.pictures.push({
      ...picture,
      classes,
      ...(split && { split }),
      origin,
      ...(outlined && { mask: async labelOf => paint(size ?? (await readPictureSize(picture.path)), drawn, labelOf) }),
    });
  }
  if (outlined) list.outlines = counted;
  if (outlined && all.length && all.every(shape => 'isRectangle' in shape && shape.isRectangle))
    list.notes.push(
      `${name}: all that it has are rectangles, which are drawn as they are; if they are boxes around objects, mind the masks`,
    );
  else if (boxes.length) list.notes.push(`${name}: all that it has are boxes without outlines, so there are no masks`);
  if (all.length && tags.length) list.notes.push(`${name}: what it says of whole pictures (${tags.slice(0, 5).join(', ')}) is not used`);
  return list;
}

/** What is wrong with the size that a list gives a picture, as a sentence that goes on after that; undefined if it may be one. */
function wrongSize(size: Size): string | undefined {
  const { width, height } = size;
  if (![width, height].every(side => Number.isInteger(side) && side >= 1 && side < 2 ** 16))
    return `is said to be ${width}×${height}; expected whole numbers from 1 to 65535`;
  const large = tooLarge(size);
  return large && `is said to be too large: ${large}`;
}

/** LabelMe's names of what is no class. */
const isClass = (name: string) => !isBackground(name) && name !== '__ignore__';

function problemOf(shape: Shape, outlined: boolean, size?: Size): string[] {
  if ('problem' in shape) return [shape.problem];
  if ('box' in shape) return outlined ? [`${shape.name}: it is a box, and others of the data have outlines`] : [];
  if (shape.stamp || !size) return [];
  const problem = outlineProblem(shape.polygons, size);
  return problem ? [`${shape.name}: ${problem}`] : [];
}

/** Later shapes lie over earlier ones. */
function paint(size: Size, shapes: readonly Drawn[], labelOf: (name: string) => number): LabelMap {
  const { width, height } = size;
  const map: LabelMap = { width, height, data: new Uint8Array(width * height) };
  const labelFor = (name: string) => (name === '__ignore__' ? ignoreLabel : isBackground(name) ? 0 : labelOf(name));
  for (const shape of shapes) {
    const { at, pixels } = shape.stamp ?? { at: [0, 0], pixels: drawOutlines(size, [shape], () => 1) };
    stamp(map, at, pixels, labelFor(shape.className));
  }
  return map;
}

function stamp(map: LabelMap, [left, top]: readonly [number, number], { width, height, data }: LabelMap, label: number): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [toX, toY] = [x + left, y + top];
      if (data[y * width + x] && toX >= 0 && toY >= 0 && toX < map.width && toY < map.height) map.data[toY * map.width + toX] = label;
    }
}
