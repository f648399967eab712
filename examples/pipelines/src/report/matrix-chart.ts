import { figure, round, WIDTH } from './axes.js';
import { escapeHtml } from './page.js';

/**
 * A matrix as colored cells.
 *
 * @param cell What a cell looks like: a CSS color, text inside it, and what it says when it is pointed at; undefined leaves it empty.
 */
export function matrixChart(
  rows: readonly string[],
  columns: readonly string[],
  cell: (row: number, column: number) => { fill: string; text?: string; title: string } | undefined,
  labels: { title: string; rows: string; columns: string },
): string {
  // Up to this many rows, names fit beside the cells.
  const named = rows.length <= 40;
  const room = (names: readonly string[], share: number) => 14 + share * 6.5 * Math.max(...names.map(name => name.length));
  const left = named ? room(rows, 1) : 20;
  const top = named ? room(columns, 0.87) : 20;
  const side = Math.min(64, (WIDTH - left) / columns.length);
  const height = Math.min(side, 30);
  const width = left + side * columns.length + (named ? 0.35 * top : 2); // the last name leans out
  const cells = rows.flatMap((_, r) =>
    columns.map((_, c) => {
      const found = cell(r, c);
      if (!found) return '';
      const [x, y] = [left + c * side, top + r * height];
      const text = found.text
        ? `<text x="${round(x + side / 2)}" y="${round(y + height / 2 + 4)}" text-anchor="middle" class="in">${found.text}</text>`
        : '';
      const place = `x="${round(x)}" y="${round(y)}" width="${round(side - 1)}" height="${round(height - 1)}"`;
      return `<g><title>${escapeHtml(found.title)}</title><rect ${place} style="fill:${found.fill}"/>${text}</g>`;
    }),
  );
  const label = (x: number, y: number, room: number, more: string, name: string) =>
    `<text x="${x}" y="${y}" ${more} style="font-size:${round(Math.min(12, room * 0.85))}px">${escapeHtml(name)}</text>`;
  const names = named
    ? [
        ...rows.map((name, r) => label(left - 5, round(top + (r + 0.7) * height), height, 'text-anchor="end"', name)),
        ...columns.map((name, c) => {
          const [x, y] = [round(left + (c + 0.65) * side), top - 5];
          return label(x, y, side, `transform="rotate(-60 ${x} ${y})"`, name);
        }),
      ]
    : [
        `<text x="${left}" y="14">${escapeHtml(labels.columns)} →</text>`,
        `<text x="14" y="${top}" transform="rotate(-90 14 ${top})" text-anchor="end">${escapeHtml(labels.rows)} →</text>`,
      ];
  const bottom = top + rows.length * height + 2;
  return figure({
    title: labels.title,
    label: `${labels.title}: ${labels.rows} by ${labels.columns}`,
    svg: `${names.join('')}${cells.join('')}`,
    width: round(width),
    height: round(bottom),
    maxWidth: round(width * 1.5),
  });
}
