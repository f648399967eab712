import { sparse } from './image-counts.js';

/**
 * Confusion counts of a class activation map at many background thresholds at once: a pixel is background where the value is at most
 * the threshold, else its class.
 *
 * @param value [pixels], in [0, 1]; compared in float32.
 * @param label [pixels]: label of the class with that value, 1..K−1; 0 where there is no class.
 * @param truth [pixels]: values from K are left out.
 * @param classes Classes with background, K.
 * @param thresholds Ascending.
 * @returns for each threshold the cells of the confusion matrix that are not 0: cell, count, cell, count, …
 */
export function thresholdCounts(
  value: Float32Array,
  label: ArrayLike<number>,
  truth: ArrayLike<number>,
  classes: number,
  thresholds: readonly number[],
): number[][] {
  const levels = thresholds.map(Math.fround);
  if (levels.some((level, i) => i > 0 && level < levels[i - 1]!))
    throw new RangeError(`thresholdCounts: thresholds must ascend, got ${thresholds}`);
  // above[n]: pixels whose value is above exactly n thresholds, by truth and label.
  const cells = classes * classes;
  const above = Array.from({ length: levels.length + 1 }, () => new Float64Array(cells));
  for (let i = 0; i < truth.length; i++) {
    if (truth[i]! >= classes) continue;
    let n = 0;
    while (n < levels.length && value[i]! > levels[n]!) n++;
    above[n]![truth[i]! * classes + label[i]!]! += 1;
  }
  return levels.map((_, threshold) => {
    const counts = new Float64Array(cells);
    above.forEach((pixels, n) => {
      for (let cell = 0; cell < cells; cell++) if (pixels[cell]) counts[n > threshold ? cell : cell - (cell % classes)]! += pixels[cell]!;
    });
    return sparse(counts);
  });
}
