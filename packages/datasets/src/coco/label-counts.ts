import type { LabelMap } from '../dataset.js';

/** The pixels of a label, as an annotation of COCO describes them. */
export interface LabelCounts {
  /** Uncompressed run lengths, outside and inside in turn, down the columns from left to right. */
  counts: number[];
  /** How many pixels they are. */
  area: number;
  /** Left, top, width and height of the smallest box around them. */
  box: [left: number, top: number, width: number, height: number];
}

/** The pixels of a label map that have a label; null if none has. */
export function countsOfLabel({ width, height, data }: LabelMap, label: number): LabelCounts | null {
  const counts: number[] = [];
  let [area, run, inside] = [0, 0, false];
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) {
      const isInside = data[y * width + x] === label;
      if (isInside !== inside) {
        counts.push(run);
        run = 0;
        inside = isInside;
      }
      run++;
      if (!isInside) continue;
      area++;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    }
  counts.push(run);
  return area ? { counts, area, box: [left, top, right - left + 1, bottom - top + 1] } : null;
}
