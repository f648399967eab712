import { axis, figure, format, MARGIN, round, WIDTH } from '../report/axes.js';
import { escapeHtml } from '../report/page.js';

/** Values on one line each, a dot for every value, colored by kind. */
export function stripChart(
  rows: readonly { name: string; values: readonly { value: number; kind: number; title: string }[] }[],
  kinds: readonly { name: string; color: string }[],
  labels: { title: string; x: string },
): string {
  const all = rows.flatMap(({ values }) => values.map(({ value }) => value));
  if (!all.length) return '';
  const rowHeight = 30;
  const bottom = MARGIN.top + rows.length * kinds.length * rowHeight;
  const left = 110;
  const [x, xTicks] = axis(Math.min(0, ...all), Math.max(...all), left, WIDTH - MARGIN.right);
  const grid = xTicks.map(
    tick =>
      `<line class="grid" x1="${round(x(tick))}" x2="${round(x(tick))}" y1="${MARGIN.top}" y2="${bottom}"/>` +
      `<text x="${round(x(tick))}" y="${bottom + 16}" text-anchor="middle">${format(tick)}</text>`,
  );
  const lines = rows.flatMap(({ name, values }, r) =>
    kinds.map((kind, k) => {
      const own = values.filter(value => value.kind === k);
      const y = MARGIN.top + (r * kinds.length + k + 0.5) * rowHeight;
      const mean = own.reduce((sum, { value }) => sum + value, 0) / own.length;
      const dots = own.map(
        ({ value, title }) =>
          `<circle cx="${round(x(value))}" cy="${y}" r="5" style="fill:${kind.color};fill-opacity:.55;stroke:${kind.color}">` +
          `<title>${escapeHtml(title)}: ${format(Number(value.toPrecision(4)))}</title></circle>`,
      );
      const tick = own.length
        ? `<line x1="${round(x(mean))}" x2="${round(x(mean))}" y1="${y - 11}" y2="${y + 11}" style="stroke:${kind.color};stroke-width:3"/>`
        : '';
      const label = escapeHtml(rows.length > 1 ? `${name}, ${kind.name}` : kind.name);
      return `<text x="${left - 10}" y="${y + 4}" text-anchor="end">${label}</text>${dots.join('')}${tick}`;
    }),
  );
  const center = round((left + WIDTH - MARGIN.right) / 2);
  const axisName = `<text x="${center}" y="${bottom + 33}" text-anchor="middle">${escapeHtml(labels.x)}</text>`;
  return figure({ title: labels.title, svg: `${grid.join('')}${lines.join('')}${axisName}`, height: bottom + 38, maxWidth: 640 });
}
