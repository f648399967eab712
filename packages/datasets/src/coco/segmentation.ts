import type { Size } from '../dataset.js';
import { boxPolygon, polygonRuns } from './polygon.js';
import { decodeCounts, type Runs, runsOfCounts } from './run-length.js';

/**
 * Where an annotation's pixels are: polygons x0, y0, x1, y1, … (if all have four numbers: boxes x, y, width, height), one polygon without
 * a list around it, or run lengths down the columns, as numbers or as a compressed string.
 */
export type CocoSegmentation = number[][] | number[] | { size: [height: number, width: number]; counts: number[] | string };

/** Pixels that the outline of a polygon may be long; a longer one is damaged, and would take seconds to walk along. */
const longestOutline = 2 ** 22;

/**
 * The pixels of an annotation as runs, a list a polygon; the annotation covers what any of them covers.
 *
 * @throws Error like `checkSegmentation`
 */
export function segmentationRuns(segmentation: CocoSegmentation, size: Size): Runs[] {
  checkSegmentation(segmentation, size);
  if (!Array.isArray(segmentation)) return [runsOfCounts(countsOf(segmentation.counts), size)];
  return polygonsOf(segmentation).map(polygon => polygonRuns(polygon, size));
}

/** Whether an annotation has no segmentation at all, as those of boxes alone: not even a damaged one. */
export const hasNoSegmentation = (segmentation: unknown): boolean =>
  segmentation === undefined || segmentation === null || (Array.isArray(segmentation) && segmentation.length === 0);

/** Whether a segmentation is one polygon that is not in a list of polygons. */
export const isFlat = (segmentation: unknown): boolean => Array.isArray(segmentation) && typeof segmentation[0] === 'number';

/**
 * Checks an annotation without rasterizing it. What the COCO tools draw is drawn: polygons may reach over the image's edge, or lie outside
 * if another one of the annotation does not; after a polygon, parts of one or two points cover nothing.
 *
 * @throws Error saying what is wrong, as a sentence that goes on after the annotation's name: no polygons, a polygon of an impossible
 *   length, a box beside polygons, all outside the image; run lengths of another size, or that do not add up
 */
export function checkSegmentation(segmentation: unknown, size: Size): asserts segmentation is CocoSegmentation {
  if (Array.isArray(segmentation)) {
    if (segmentation.length === 0) throw new Error('its segmentation is empty; expected polygons or run lengths');
    const parts = isFlat(segmentation) ? [segmentation] : segmentation;
    for (const [i, part] of parts.entries()) checkPart(part, i, parts);
    if (isFlat(segmentation) && segmentation.length === 4)
      throw new Error('its segmentation is four numbers that are in no list; expected polygons, each a list of x, y of at least 3 points');
    checkPlace(polygonsOf(parts), size);
    return;
  }
  const { size: ofRuns, counts } = (segmentation ?? {}) as { size?: unknown; counts?: unknown };
  if (!Array.isArray(ofRuns) || !(Array.isArray(counts) || typeof counts === 'string'))
    throw new Error('it has no segmentation; expected polygons, or run lengths as { "size": [height, width], "counts": … }');
  const [height, width] = ofRuns as unknown[];
  if (height !== size.height || width !== size.width) {
    const said = [width, height].every(Number.isFinite) ? `for an image of ${width}×${height}` : 'for an image of no size';
    throw new Error(`its run lengths are ${said}, but the image is ${size.width}×${size.height}`);
  }
  runsOfCounts(countsOf(counts), size);
}

const countsOf = (counts: number[] | string) => (typeof counts === 'string' ? decodeCounts(counts) : counts);

/** The polygons of an annotation: where the first part is a polygon, so are the others, whatever their length. */
function polygonsOf(segmentation: number[][] | number[]): number[][] {
  const parts = isFlat(segmentation) ? [segmentation as number[]] : (segmentation as number[][]);
  if (parts[0]!.length === 4) return parts.map(boxPolygon);
  return parts.filter(({ length }) => length >= 4);
}

function checkPart(part: unknown, index: number, parts: unknown[]): void {
  const wrong = (what: string) => new Error(`polygon ${index} ${what}`);
  if (!Array.isArray(part)) throw wrong('is no list of numbers');
  const { length } = part;
  if (length % 2 || (index === 0 && length < 4)) throw wrong(`has ${length} numbers; expected 4 (a box) or x, y of at least 3 points`);
  const first = (parts[0] as number[]).length;
  if (first === 4 && length !== 4)
    throw wrong(`has ${length} numbers, but polygon 0 has 4, as a box has; boxes and polygons cannot be mixed`);
  const place = part.findIndex(value => !Number.isFinite(value));
  if (place >= 0)
    throw wrong(`has ${typeof part[place] === 'number' ? part[place] : JSON.stringify(part[place])} in place ${place}; expected a number`);
}

/** @throws Error if all polygons lie outside the image, or an outline is far longer than any that is drawn */
function checkPlace(polygons: number[][], { width, height }: Size): void {
  let touches = false;
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [i, points] of polygons.entries()) {
    let [minX, maxX, minY, maxY] = [points[0]!, points[0]!, points[1]!, points[1]!];
    let around = 0;
    for (let at = 2; at < points.length; at += 2) {
      const [x, y] = [points[at]!, points[at + 1]!];
      around += Math.max(Math.abs(x - points[at - 2]!), Math.abs(y - points[at - 1]!));
      minX = Math.min(minX, x);
      maxX = Math.max(maxX, x);
      minY = Math.min(minY, y);
      maxY = Math.max(maxY, y);
    }
    if (!(around <= longestOutline))
      throw new Error(
        `polygon ${i} has an outline ${Math.round(around)} pixels long, which is far too much for an image of ${width}×${height}`,
      );
    touches ||= minX <= width && maxX >= 0 && minY <= height && maxY >= 0;
    [left, right, top, bottom] = [Math.min(left, minX), Math.max(right, maxX), Math.min(top, minY), Math.max(bottom, maxY)];
  }
  if (touches) return;
  const what = polygons.length === 1 ? 'polygon 0 lies' : `all ${polygons.length} polygons lie`;
  throw new Error(`${what} outside the image of ${width}×${height} (it spans x ${left} to ${right}, y ${top} to ${bottom})`);
}
