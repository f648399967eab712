import { escapeHtml } from './page.js';

/** One line of a chart. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

const COLOURS = ['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#3ca951', '#a463f2', '#9c6b4e', '#97bbf5'];
const WIDTH = 640;
const HEIGHT = 260;
const MARGIN = { left: 48, right: 12, top: 12, bottom: 28 };

/** A line chart as SVG with axes, ticks and a legend; the colours follow the page's text in dark and light. */
export function lineChart(series: readonly Series[], labels: { title: string; x: string }): string {
  const shown = series.filter(({ points }) => points.length > 0);
  const xs = shown.flatMap(({ points }) => points.map(([x]) => x));
  const ys = shown.flatMap(({ points }) => points.map(([, y]) => y));
  if (!xs.length) return '';
  const xTicks = ticks(Math.min(...xs), Math.max(...xs));
  const yTicks = ticks(Math.min(0, ...ys), Math.max(...ys));
  const scale = (value: number, from: readonly number[], start: number, end: number) =>
    start + ((value - from[0]!) / (from.at(-1)! - from[0]! || 1)) * (end - start);
  const x = (value: number) => scale(value, xTicks, MARGIN.left, WIDTH - MARGIN.right);
  const y = (value: number) => scale(value, yTicks, HEIGHT - MARGIN.bottom, MARGIN.top);
  const grid = yTicks.map(
    t =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(t))}" y2="${round(y(t))}" class="grid"/><text x="${MARGIN.left - 6}" y="${round(y(t) + 4)}" text-anchor="end">${format(t)}</text>`,
  );
  const bottom = xTicks.map(t => `<text x="${round(x(t))}" y="${HEIGHT - 8}" text-anchor="middle">${format(t)}</text>`);
  const lines = shown.map(
    ({ points }, i) =>
      `<polyline fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.8" points="${points.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(' ')}"/>`,
  );
  const legend = shown
    .map(({ name }, i) => `<span><i style="background:${COLOURS[i % COLOURS.length]}"></i>${escapeHtml(name)}</span>`)
    .join('');
  return `<figure class="chart"><figcaption>${escapeHtml(labels.title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(labels.title)} by ${escapeHtml(labels.x)}">${grid.join('')}${bottom.join('')}${lines.join('')}</svg><div class="legend">${legend}</div></figure>`;
}

/** Round numbers that cover a range, about five steps. */
function ticks(low: number, high: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw)!;
  const first = Math.floor(low / step);
  return Array.from({ length: Math.ceil(high / step - 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

const round = (value: number) => Math.round(value * 10) / 10;
const format = (value: number) => `${Number(value.toPrecision(6))}`;
