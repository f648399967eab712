import type { Size } from '../dataset.js';
import { boxPolygon, polygonRuns } from './polygon.js';
import { decodeCounts, type Runs, runsOfCounts } from './run-length.js';

/**
 * Where an annotation's pixels are: polygons x0, y0, x1, y1, … (four numbers: a box x, y, width, height), or run lengths down the
 * columns, as numbers or as a compressed string.
 */
export type CocoSegmentation = number[][] | { size: [height: number, width: number]; counts: number[] | string };

/**
 * The pixels of an annotation as runs, a list a polygon; the annotation covers what any of them covers.
 *
 * @throws Error like `checkSegmentation`
 */
export function segmentationRuns(segmentation: CocoSegmentation, size: Size): Runs[] {
  checkSegmentation(segmentation, size);
  if (!Array.isArray(segmentation)) return [runsOfCounts(countsOf(segmentation.counts), size)];
  return segmentation.map(polygon => polygonRuns(polygon.length === 4 ? boxPolygon(polygon) : polygon, size));
}

/**
 * Checks an annotation without rasterizing it. Polygons may reach over the image's edge, as many do in COCO.
 *
 * @throws Error saying what is wrong, as a sentence that goes on after the annotation's name: no polygons, a polygon of an impossible
 *   length, outside the image, or further from it than the image is large; run lengths of another size, or that do not add up
 */
export function checkSegmentation(segmentation: unknown, size: Size): asserts segmentation is CocoSegmentation {
  if (Array.isArray(segmentation)) {
    if (segmentation.length === 0) throw new Error('its segmentation is empty; expected polygons or run lengths');
    for (const [i, polygon] of segmentation.entries()) checkPolygon(polygon, i, size);
    return;
  }
  const { size: ofRuns, counts } = (segmentation ?? {}) as { size?: unknown; counts?: unknown };
  if (!Array.isArray(ofRuns) || !(Array.isArray(counts) || typeof counts === 'string'))
    throw new Error('it has no segmentation; expected polygons, or run lengths as { "size": [height, width], "counts": … }');
  if (ofRuns[0] !== size.height || ofRuns[1] !== size.width)
    throw new Error(`its run lengths are for an image of ${ofRuns[1]}×${ofRuns[0]}, but the image is ${size.width}×${size.height}`);
  runsOfCounts(countsOf(counts), size);
}

const countsOf = (counts: number[] | string) => (typeof counts === 'string' ? decodeCounts(counts) : counts);

function checkPolygon(polygon: unknown, index: number, { width, height }: Size): void {
  const wrong = (what: string) => new Error(`polygon ${index} ${what}`);
  if (!Array.isArray(polygon)) throw wrong('is no list of numbers');
  const { length } = polygon;
  if (length % 2 || length < 4) throw wrong(`has ${length} numbers; expected 4 (a box) or x, y of at least 3 points`);
  const place = polygon.findIndex(value => !Number.isFinite(value));
  if (place >= 0) throw wrong(`has ${JSON.stringify(polygon[place])} in place ${place}; expected a number`);
  const points: number[] = length === 4 ? boxPolygon(polygon) : polygon;
  let [left, right, top, bottom] = [points[0]!, points[0]!, points[1]!, points[1]!];
  for (let i = 2; i < points.length; i += 2) {
    left = Math.min(left, points[i]!);
    right = Math.max(right, points[i]!);
    top = Math.min(top, points[i + 1]!);
    bottom = Math.max(bottom, points[i + 1]!);
  }
  const extent = `the image of ${width}×${height} (it spans x ${left} to ${right}, y ${top} to ${bottom})`;
  if (left > width || right < 0 || top > height || bottom < 0) throw wrong(`lies outside ${extent}`);
  if (left < -width || right > 2 * width || top < -height || bottom > 2 * height)
    throw wrong(`reaches further beyond the edge than the image is large: ${extent}`);
}
