import type { Size } from '../dataset.js';
import type { Runs } from './run-length.js';

/** The COCO tools walk along the outline on a grid this much finer than the pixels. */
const upsampling = 5;

/**
 * The pixels of a polygon by the rule of the COCO tools: its outline is walked on a grid five times finer; where it passes the middle
 * of a column of pixels, everything below that place changes from outside to inside or back. What lies beyond the image is cut off.
 *
 * @param points x0, y0, x1, y1, … in pixels; (0, 0) is the upper left corner of the upper left pixel; at least three points
 * @returns runs of pixels inside
 */
export function polygonRuns(points: readonly number[], { width, height }: Size): Runs {
  const corners = points.map(value => Math.trunc(upsampling * value + 0.5));
  const crossings: number[] = [];
  let [lastU, lastV] = [corners[0]!, corners[1]!];
  for (let i = 0; i < corners.length; i += 2) {
    const [x0, y0] = [corners[i]!, corners[i + 1]!];
    const [x1, y1] = i + 2 < corners.length ? [corners[i + 2]!, corners[i + 3]!] : [corners[0]!, corners[1]!];
    const wide = Math.abs(x1 - x0) >= Math.abs(y1 - y0);
    // Rounding is done from the left or upper end of an edge, whichever way it is walked.
    const turned = wide ? x0 > x1 : y0 > y1;
    const [fromX, fromY] = turned ? [x1, y1] : [x0, y0];
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0));
    const slope = steps === 0 ? 0 : (turned ? -1 : 1) * ((wide ? y1 - y0 : x1 - x0) / steps);
    for (let step = 0; step <= steps; step++) {
      const t = turned ? steps - step : step;
      const u = wide ? fromX + t : Math.trunc(fromX + slope * t + 0.5);
      const v = wide ? Math.trunc(fromY + slope * t + 0.5) : fromY + t;
      if (u !== lastU) {
        // Between fine columns 5x + 2 and 5x + 3 lies the middle of pixel column x.
        const x = (Math.min(u, lastU) - 2) / upsampling;
        if (Number.isInteger(x) && x >= 0 && x < width) {
          const y = Math.ceil((Math.min(v, lastV) - 2) / upsampling);
          crossings.push(x * height + Math.min(Math.max(y, 0), height));
        }
      }
      [lastU, lastV] = [u, v];
    }
  }
  if (crossings.length % 2) crossings.push(width * height);
  return Uint32Array.from(crossings).sort();
}

/** The corners of a box x, y, width, height. */
export function boxPolygon(box: readonly number[]): number[] {
  const [x, y, width, height] = box as [number, number, number, number];
  return [x, y, x, y + height, x + width, y + height, x + width, y];
}
