import { cocoLabelMap } from '../../coco/label-map.js';
import { checkSegmentation } from '../../coco/segmentation.js';
import type { LabelMap, Size } from '../../dataset.js';
import type { LabelOf } from '../picture-list.js';

/** An outline of a list: its class and its polygons x0, y0, x1, y1, …, in pixels. */
export interface Outline {
  name: string;
  className: string;
  polygons: number[][];
}

/** What is wrong with an outline, as a sentence that goes on after its name; undefined if it can be drawn. */
export function outlineProblem(polygons: number[][], size: Size): string | undefined {
  const short = polygons.find(({ length }) => length < 6);
  if (short) return `its outline has ${short.length / 2} points; expected at least 3`;
  try {
    checkSegmentation(polygons, size);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The label map of outlines, of which a pixel keeps the first, as with COCO's. */
export const drawOutlines = (size: Size, outlines: readonly Outline[], labelOf: LabelOf): LabelMap =>
  cocoLabelMap(
    size,
    outlines.map(({ name, className, polygons }) => ({ name, label: labelOf(className), segmentation: polygons })),
  );

/** The corners of a rectangle. */
export const rectangle = (x0: number, y0: number, x1: number, y1: number): number[] => [x0, y0, x0, y1, x1, y1, x1, y0];

/** An ellipse as a polygon of 72 points. @param turn in radians */
export function ellipse(x: number, y: number, radiusX: number, radiusY: number, turn = 0): number[] {
  return Array.from({ length: 72 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 72;
    const [a, b] = [radiusX * Math.cos(angle), radiusY * Math.sin(angle)];
    return [x + a * Math.cos(turn) - b * Math.sin(turn), y + a * Math.sin(turn) + b * Math.cos(turn)];
  }).flat();
}
