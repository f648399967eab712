import type { Size } from '../dataset.js';

/** What training can use: a smaller picture shows nothing, a larger one is a mistake (or a map) and takes gigabytes to augment. */
export const pictureLimits = { leastSide: 8, mostPixels: 2 ** 26 };

/** What is wrong with a picture's size, as a sentence that goes on after its name; undefined if nothing is. */
export function sizeProblem({ width, height }: Size): string | undefined {
  if (Math.min(width, height) < pictureLimits.leastSide)
    return `it is ${width}×${height}; pictures need at least ${pictureLimits.leastSide} pixels on each side`;
  return tooLarge({ width, height });
}

/** What is wrong with a size of which there are too many pixels, likewise. */
export function tooLarge({ width, height }: Size): string | undefined {
  if (width * height <= pictureLimits.mostPixels) return undefined;
  const [millions, most] = [width * height, pictureLimits.mostPixels].map(pixels => Math.round(pixels / 1e6));
  return `it is ${width}×${height}, ${millions} million pixels, of which at most ${most} million are read; shrink it (and its mask)`;
}
