import { escapeHtml } from './page.js';

/** Size of a chart, small enough for its text to be read on a phone. */
export const WIDTH = 440;
export const HEIGHT = 240;
/** Room around what is drawn; at the right for half of the last number of an axis. */
export const MARGIN = { left: 46, right: 18, top: 10, bottom: 40 };

interface Figure {
  title: string;
  svg: string;
  /** What it says to those who do not see it; default: its title. */
  label?: string;
  width?: number;
  height?: number;
  /** How wide the page may draw it, in pixels; default: as wide as there is room. */
  maxWidth?: number;
  /** HTML under it. */
  below?: string;
}

/** A drawing as a figure with a title. */
export function figure({ title, label = title, svg, width = WIDTH, height = HEIGHT, maxWidth, below = '' }: Figure): string {
  const limit = maxWidth ? ` style="max-width:${maxWidth}px"` : '';
  const drawing = `<svg viewBox="0 0 ${width} ${height}"${limit} role="img" aria-label="${escapeHtml(label)}">${svg}</svg>`;
  return `<figure class="chart"><figcaption>${escapeHtml(title)}</figcaption>${drawing}${below}</figure>`;
}

/** Where values are drawn, and round numbers between which they lie. */
export function axis(low: number, high: number, from: number, to: number): [place: (value: number) => number, ticks: number[]] {
  const marks = ticks(low, high);
  const [first, last] = [marks[0]!, marks.at(-1)!];
  return [value => from + ((value - first) / (last - first || 1)) * (to - from), marks];
}

/** Lines and numbers of a vertical axis. */
export function horizontalGrid(marks: readonly number[], y: (value: number) => number): string {
  const one = (mark: number) =>
    `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(mark))}" y2="${round(y(mark))}" class="grid"/>` +
    `<text x="${MARGIN.left - 6}" y="${round(y(mark) + 4)}" text-anchor="end">${format(mark)}</text>`;
  return marks.map(one).join('');
}

/** Numbers of a horizontal axis, and what it shows. */
export function bottomAxis(marks: readonly number[], x: (value: number) => number, name: string): string {
  const text = (place: number, height: number, said: string) => `<text x="${place}" y="${height}" text-anchor="middle">${said}</text>`;
  const numbers = marks.map(mark => text(round(x(mark)), HEIGHT - MARGIN.bottom + 16, format(mark)));
  return numbers.join('') + text((MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 5, escapeHtml(name));
}

/** Round numbers that cover a range, about five steps. */
function ticks(low: number, high: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw * (1 - 1e-9))!;
  const first = Math.floor(low / step + 1e-9);
  return Array.from({ length: Math.max(1, Math.ceil(high / step - 1e-9) - first) + 1 }, (_, i) => (first + i) * step);
}

/** To a tenth of a unit of the drawing. */
export const round = (value: number) => Math.round(value * 10) / 10;
/** A number as it is written at an axis. */
export const format = (value: number) =>
  Math.abs(value) >= 10_000 ? `${Number((value / 1000).toPrecision(4))}k` : `${Number(value.toPrecision(6))}`.replace('-', '−');
