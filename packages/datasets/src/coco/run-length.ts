import type { LabelMap, Size } from '../dataset.js';

/**
 * A binary mask as the COCO tools store it: boundaries [from, to, from, to, …] of its runs of pixels, ascending, as positions
 * x·height + y. Positions go down the columns, from left to right.
 */
export type Runs = ArrayLike<number>;

/**
 * The runs of uncompressed run lengths: pixels outside, inside, outside, … in turn.
 *
 * @param counts whole numbers ≥ 0 that add up to width·height
 * @throws Error if they do not
 */
export function runsOfCounts(counts: readonly number[], { width, height }: Size): Runs {
  const boundaries: number[] = [];
  let position = 0;
  for (const [i, count] of counts.entries()) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw new Error(`count ${i} of its run lengths is ${JSON.stringify(count)}, expected a whole number of at least 0`);
    position += count;
    boundaries.push(position);
  }
  if (position !== width * height)
    throw new Error(`its run lengths add up to ${position}, but the image has ${width}×${height} = ${width * height} pixels`);
  if (boundaries.length % 2) boundaries.pop(); // it ends with a run outside
  return boundaries;
}

/**
 * The run lengths in a compressed string of the COCO tools: numbers of 5 bits a character (from `0` on, bit 6 says that more
 * follow), the lowest first, signed; from the fourth number on the difference to the one two before.
 *
 * @throws Error if a character is out of range or the string ends inside a number
 */
export function decodeCounts(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    for (let factor = 1, more = true; more; factor *= 32) {
      const bits = text.charCodeAt(at) - 48;
      if (at >= text.length) throw new Error('its compressed run lengths end inside a number');
      if (bits < 0 || bits > 63) throw new Error(`its compressed run lengths have the impossible character ${JSON.stringify(text[at])}`);
      more = bits >= 32;
      value += (bits % 32) * factor;
      if (!more && bits % 32 >= 16) value -= 32 * factor; // negative
      at++;
    }
    counts.push(counts.length > 2 ? value + counts[counts.length - 2]! : value);
  }
  return counts;
}

/** Gives the label to all pixels of the runs that have none (0) yet. */
export function paintRuns({ width, height, data }: LabelMap, runs: Runs, label: number): void {
  for (let i = 0; i < runs.length; i += 2) {
    const to = runs[i + 1]!;
    for (let position = runs[i]!; position < to; ) {
      const x = Math.floor(position / height);
      const columnEnd = Math.min(to, (x + 1) * height);
      for (let at = (position - x * height) * width + x; position < columnEnd; position++, at += width) data[at] ||= label;
    }
  }
}
