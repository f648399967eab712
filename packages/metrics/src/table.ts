import type { Scores } from './scores.js';

/**
 * A text table of the IoU of each class, in percent with one decimal: a row for each class, a column for each kind of prediction,
 * and a last row with the mean over the classes that occur in the ground truth. A class that never occurs shows `–`.
 *
 * @param classNames K names, background first.
 * @param columns a heading and the scores below it, in the order of the columns.
 * @returns lines joined by `\n`, without one at the end.
 * @throws RangeError if a column does not have K classes.
 *
 * @example
 * console.error(iouTable(['background', 'cat'], { Segmentation: scores(a), CAM: scores(b), 'Auxiliary CAM': scores(c) }));
 * // Class       Segmentation   CAM  Auxiliary CAM
 * // background          91.2  88.0           87.3
 * // cat                 74.5  66.1              –
 * // Mean                82.9  77.1           87.3
 */
export function iouTable(classNames: readonly string[], columns: Readonly<Record<string, Scores>>): string {
  const entries = Object.entries(columns);
  for (const [heading, { iou }] of entries) {
    if (iou.length !== classNames.length) {
      throw new RangeError(`iouTable: column '${heading}' has ${iou.length} classes, but there are ${classNames.length} class names.`);
    }
  }
  const rows = [
    ['Class', ...entries.map(([heading]) => heading)],
    ...classNames.map((name, c) => [name, ...entries.map(([, { iou }]) => percent(iou[c]!))]),
    ['Mean', ...entries.map(([, { miou }]) => percent(miou))],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  const line = (row: string[]) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ');
  return rows.map(line).join('\n');
}

function percent(share: number): string {
  return Number.isNaN(share) ? '–' : (100 * share).toFixed(1);
}
