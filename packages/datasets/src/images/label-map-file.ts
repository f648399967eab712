import type { ColorTable } from './convert-masks.js';

/** The labels of a `labelmap.txt`: their names, without background, and their colors. */
export interface LabelMapFile {
  /** Label k + 1 is the k-th name. */
  names: string[];
  colors: ColorTable;
}

/**
 * Reads a `labelmap.txt`, as CVAT and Datumaro write it beside masks in colors: a line `name:red,green,blue:parts:actions` for each label,
 * of which the last two may be missing. `background` (or black) has the label 0, the others count from 1 in the order of the file.
 *
 * @throws Error naming the line that has another form, or a name or color of an earlier one
 */
export function readLabelMapFile(text: string): LabelMapFile {
  const names: string[] = [];
  const colors: (readonly [number, number, number, number])[] = [];
  const lines = new Map<string, number>();
  for (const [i, row] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = row.trim();
    if (!line || line.startsWith('#')) continue;
    const fail = (what: string) => new Error(`line ${i + 1}: ${what}; expected name:red,green,blue, as in CVAT's labelmap.txt`);
    const [, name, rgb] = /^(.+?):\s*(\d+\s*,\s*\d+\s*,\s*\d+)\s*(?::.*)?$/.exec(line) ?? [];
    if (!name || !rgb) throw fail(`found ${JSON.stringify(line.slice(0, 80))}`);
    const color = rgb.split(',').map(Number) as [number, number, number];
    if (color.some(value => value > 255)) throw fail(`the color ${color.join(', ')} has a value above 255`);
    for (const key of [`the name ${name}`, `the color ${color.join(', ')}`]) {
      if (lines.has(key)) throw fail(`${key} is on line ${lines.get(key)} already`);
      lines.set(key, i + 1);
    }
    if (isBackground(name)) colors.push([...color, 0]);
    else colors.push([...color, names.push(name)]);
  }
  if (names.length === 0 || names.length > 254) throw new Error(`it names ${names.length} labels; expected 1 to 254`);
  if (!colors.some(([, , , label]) => label === 0) && !lines.has('the color 0, 0, 0')) colors.push([0, 0, 0, 0]);
  return { names, colors };
}

/** Whether a label is what tools call the pixels of no class. */
export const isBackground = (name: string): boolean => /^_*background_*$/i.test(name);
