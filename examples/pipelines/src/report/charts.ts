import { axis, axisName, bottomTicks, HEIGHT, horizontalGrid, MARGIN, round, WIDTH } from './axes.js';
import { escapeHtml } from './page.js';

/** One line of a chart. */
export interface Series {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
}

/** The page's color for the i-th of several things that are compared. */
export const seriesColor = (index: number) => `var(--s${index % 8})`;

/** The name of one of several runs, with its color in the charts. */
export const runName = (name: string, index: number) => `<i style="background:${seriesColor(index)}"></i>${escapeHtml(name)}`;

/** Names beside the colors of a chart; what is undefined is not in it. */
export function legend(names: readonly (string | undefined)[]): string {
  const one = (name: string | undefined, i: number) =>
    name === undefined ? '' : `<span><i style="background:${seriesColor(i)}"></i>${escapeHtml(name)}</span>`;
  return `<div class="legend">${names.map(one).join('')}</div>`;
}

/** A line chart as SVG with axes, ticks and, for several lines, a legend; empty where there is nothing to draw. Lines of one point are dots; those of none keep their color free. */
export function lineChart(series: readonly Series[], labels: { title: string; x: string; y?: string }): string {
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  if (!xs.length) return '';
  const [x, xTicks] = axis(Math.min(...xs), Math.max(...xs), MARGIN.left, WIDTH - MARGIN.right);
  const [y, yTicks] = axis(Math.min(0, ...ys), Math.max(...ys), HEIGHT - MARGIN.bottom, MARGIN.top);
  const line = ({ name, points }: Series, i: number) => {
    const title = `<title>${escapeHtml(name)}</title>`;
    if (!points.length) return '';
    if (points.length === 1)
      return `<circle cx="${round(x(points[0]![0]))}" cy="${round(y(points[0]![1]))}" r="4" fill="${seriesColor(i)}">${title}</circle>`;
    const places = points.map(([px, py]) => `${round(x(px))},${round(y(py))}`).join(' ');
    return `<polyline fill="none" stroke="${seriesColor(i)}" stroke-width="2" stroke-linejoin="round" points="${places}">${title}</polyline>`;
  };
  const lines = series.map(line);
  const svg = `${horizontalGrid(yTicks, y)}${bottomTicks(xTicks, x)}${axisName(labels.x)}${lines.join('')}`;
  return chart(
    labels.title,
    `${labels.title} by ${labels.x}`,
    svg,
    series.length > 1 ? legend(series.map(({ name, points }) => (points.length ? name : undefined))) : '',
  );
}

/** How often values in [0, 1] fall into each of `bins` equal parts, for several named sets side by side. */
export function histogram(
  sets: readonly { name: string; values: readonly number[] }[],
  labels: { title: string; x: string },
  bins = 10,
): string {
  const counts = sets.map(({ values }) => {
    const count = new Array<number>(bins).fill(0);
    for (const value of values) if (Number.isFinite(value)) count[Math.min(bins - 1, Math.max(0, Math.floor(value * bins)))]!++;
    return count;
  });
  const most = Math.max(...counts.flat());
  if (!(most > 0)) return '';
  const [x, xTicks] = axis(0, 100, MARGIN.left, WIDTH - MARGIN.right);
  const [y, yTicks] = axis(0, most, HEIGHT - MARGIN.bottom, MARGIN.top);
  const slot = (WIDTH - MARGIN.left - MARGIN.right) / bins;
  const width = (slot - 3) / sets.length;
  const bars = counts.flatMap((count, set) =>
    count.map((n, bin) => {
      const about = `${sets[set]!.name}: ${n} images from ${(100 * bin) / bins} to ${(100 * (bin + 1)) / bins}`;
      return `<rect x="${round(MARGIN.left + bin * slot + 1.5 + set * width)}" y="${round(y(n))}" width="${round(width)}" height="${round(y(0) - y(n))}" fill="${seriesColor(set)}"><title>${escapeHtml(about)}</title></rect>`;
    }),
  );
  const svg = `${horizontalGrid(yTicks.filter(Number.isInteger), y)}${bottomTicks(xTicks, x)}${axisName(labels.x)}${bars.join('')}`;
  return chart(
    labels.title,
    labels.title,
    svg,
    sets.length > 1 ? legend(sets.map(({ name, values }) => (values.length ? name : undefined))) : '',
  );
}

/** Horizontal bars of values in [0, 1], several for each row. A value that is not a number has no bar. */
export function bars(rows: readonly { name: string; swatch?: string; values: readonly number[] }[], names: readonly string[]): string {
  const bar = (value: number, i: number) =>
    `<div class="bar" title="${escapeHtml(names[i] ?? '')}"><b style="width:${Number.isFinite(value) ? round(80 * value) : 0}%;background:${seriesColor(i)}"></b><span>${percent(value)}</span></div>`;
  const row = ({ name, swatch, values }: (typeof rows)[number]) =>
    `<div>${swatch ? `<i style="background:${swatch}"></i>` : ''}${escapeHtml(name)}</div><div class="set">${values.map(bar).join('')}</div>`;
  return `${names.length > 1 ? legend(names) : ''}<div class="bars">${rows.map(row).join('')}</div>`;
}

/** A share in percent, as it is written everywhere in reports. */
export function percent(value: number | null | undefined): string {
  return value !== null && value !== undefined && Number.isFinite(value) ? (100 * value).toFixed(1) : '–';
}

/** With a capital first letter. */
export const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);

function chart(title: string, label: string, svg: string, below: string): string {
  return `<figure class="chart"><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(label)}">${svg}</svg>${below}</figure>`;
}
