import { axis, bottomAxis, figure, HEIGHT, horizontalGrid, MARGIN, round, WIDTH } from './axes.js';
import { colored, seriesColor } from './colors.js';
import { escapeHtml } from './page.js';

/** One line of a chart. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

/** Names beside the colors of a chart; what is undefined is not in it. */
function legend(names: readonly (string | undefined)[]): string {
  const shown = names.flatMap((name, i) => (name === undefined ? [] : `<span>${colored(name, seriesColor(i))}</span>`));
  return `<div class="legend">${shown.join('')}</div>`;
}

/** Of any number of values; a call takes a hundred thousand at most. */
const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));

/** A line chart, of several with a legend; empty where there are no points. A line of one is a dot; one of none keeps its color free. */
export function lineChart({ title, x: named = 'iteration', series }: { title: string; x?: string; series: readonly Series[] }): string {
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  if (!xs.length) return '';
  const [x, xTicks] = axis(least(xs), most(xs), MARGIN.left, WIDTH - MARGIN.right);
  const [y, yTicks] = axis(Math.min(0, least(ys)), most(ys), HEIGHT - MARGIN.bottom, MARGIN.top);
  const line = ({ name, points }: Series, i: number) => {
    const hint = `<title>${escapeHtml(name)}</title>`;
    if (!points.length) return '';
    const places = points.map(([px, py]) => [round(x(px)), round(y(py))] as const);
    const [[cx, cy]] = places as [(typeof places)[number]];
    if (points.length === 1) return `<circle cx="${cx}" cy="${cy}" r="4" fill="${seriesColor(i)}">${hint}</circle>`;
    const stroke = `fill="none" stroke="${seriesColor(i)}" stroke-width="2" stroke-linejoin="round"`;
    return `<polyline ${stroke} points="${places.join(' ')}">${hint}</polyline>`;
  };
  const svg = `${horizontalGrid(yTicks, y)}${bottomAxis(xTicks, x, named)}${series.map(line).join('')}`;
  const names = series.map(({ name, points }) => (points.length ? name : undefined));
  return figure({ title, label: `${title} by ${named}`, svg, below: series.length > 1 ? legend(names) : '' });
}

/** How often values in [0, 1] fall into each of ten equal parts, for several named sets side by side. */
export function histogram(sets: readonly { name: string; values: readonly number[] }[], labels: { title: string; x: string }): string {
  const bins = 10;
  const counts = sets.map(({ values }) => {
    const count = new Array<number>(bins).fill(0);
    for (const value of values) if (Number.isFinite(value)) count[Math.min(bins - 1, Math.max(0, Math.floor(value * bins)))]!++;
    return count;
  });
  const highest = most(counts.flat());
  if (!(highest > 0)) return '';
  const [x, xTicks] = axis(0, 100, MARGIN.left, WIDTH - MARGIN.right);
  const [y, yTicks] = axis(0, highest, HEIGHT - MARGIN.bottom, MARGIN.top);
  const slot = (WIDTH - MARGIN.left - MARGIN.right) / bins;
  const width = (slot - 3) / sets.length;
  const bars = counts.flatMap((count, set) =>
    count.map((n, bin) => {
      const about = `${sets[set]!.name}: ${n} images from ${(100 * bin) / bins} to ${(100 * (bin + 1)) / bins}`;
      const left = round(MARGIN.left + bin * slot + 1.5 + set * width);
      const place = `x="${left}" y="${round(y(n))}" width="${round(width)}" height="${round(y(0) - y(n))}"`;
      return `<rect ${place} fill="${seriesColor(set)}"><title>${escapeHtml(about)}</title></rect>`;
    }),
  );
  const svg = `${horizontalGrid(yTicks.filter(Number.isInteger), y)}${bottomAxis(xTicks, x, labels.x)}${bars.join('')}`;
  const names = sets.map(({ name, values }) => (values.length ? name : undefined));
  return figure({ title: labels.title, svg, below: sets.length > 1 ? legend(names) : '' });
}

/** Horizontal bars of values in [0, 1], several for each row. A value that is not a number has no bar. */
export function bars(rows: readonly { name: string; swatch?: string; values: readonly number[] }[], names: readonly string[]): string {
  const bar = (value: number, i: number) => {
    const width = Number.isFinite(value) ? round(80 * value) : 0;
    const drawn = `<b style="width:${width}%;background:${seriesColor(i)}"></b><span>${percent(value)}</span>`;
    return `<div class="bar" title="${escapeHtml(names[i] ?? '')}">${drawn}</div>`;
  };
  const row = ({ name, swatch, values }: (typeof rows)[number]) =>
    `<div>${swatch ? colored(name, swatch) : escapeHtml(name)}</div><div class="set">${values.map(bar).join('')}</div>`;
  return `${names.length > 1 ? legend(names) : ''}<div class="bars">${rows.map(row).join('')}</div>`;
}

/** A share in percent, as it is written everywhere in reports. */
export function percent(value: number | null | undefined): string {
  return Number.isFinite(value) ? (100 * value!).toFixed(1) : '–';
}

/** With a capital first letter. */
export const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);

/** Charts side by side; those that are empty are left out. */
export function chartGrid(charts: readonly string[]): string {
  const shown = charts.filter(Boolean);
  return shown.length ? `<div class="charts">${shown.join('')}</div>` : '';
}
