import type { Step } from '../worker/messages.js';

const size = { height: 190, left: 40, bottom: 22, top: 12, names: 104 };
const colors = ['#3b8f7e', '#c07a1e', '#6f6fd0', '#b5506a', '#5c8f2f', '#4a8fc0'];
/** The logarithmic scale begins here; losses below are drawn at its foot. */
const least = 0.01;

/**
 * Losses by iteration, smoothed over a few of them, on a logarithmic scale; the names stand beside the ends of their lines.
 *
 * @param width of what is drawn, in CSS pixels
 */
export function curves(steps: readonly Step[], total: number, width: number): string {
  const names = [...new Set(steps.flatMap(({ losses }) => Object.keys(losses)))].filter(name => name !== 'denseEnergy');
  const smooth = Math.max(1, Math.floor(steps.length / 40));
  const lines = names.map(name => ({ name, points: points(steps, name, smooth) }));
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  if (!values.length) return '';
  const high = Math.max(...values, 1) * 1.15;
  const { height, left, bottom, top } = size;
  const right = Math.max(left + 1, width - size.names);
  const x = (done: number) => left + ((right - left) * done) / Math.max(1, total);
  const y = (value: number) => top + (height - top - bottom) * (1 - Math.log(Math.max(value, least) / least) / Math.log(high / least));
  const ticks = [0.01, 0.1, 1, 10].filter(tick => tick <= high);
  const grid = ticks.map(
    tick =>
      `<line x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}" stroke="currentColor" stroke-opacity=".15"/>` +
      `<text x="${left - 6}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  const ends = spread(lines.map(({ points }) => y(points.at(-1)?.[1] ?? 1)));
  const drawn = lines.map(({ name, points }, i) => {
    const color = colors[i % colors.length];
    const path = points.map(([done, value]) => `${x(done).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return (
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="${name === 'total' ? 2.5 : 1.5}"/>` +
      `<circle cx="${right + 12}" cy="${ends[i]}" r="3.5" fill="${color}"/><text x="${right + 20}" y="${ends[i]! + 4}">${name}</text>`
    );
  });
  const last = steps.at(-1)!;
  const label = `Losses after ${last.done} of ${total} iterations: ${Object.entries(last.losses)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(', ')}`;
  const axis =
    `<text x="${left}" y="${height - 4}">0</text>` + `<text x="${x(total)}" y="${height - 4}" text-anchor="end">${total} iterations</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${[...grid, ...drawn, axis].join('')}</svg>`;
}

function points(steps: readonly Step[], name: string, smooth: number): [number, number][] {
  const found = steps.filter(({ losses }) => losses[name] !== undefined);
  const stride = Math.max(1, Math.floor(found.length / 200));
  return found.flatMap(({ done }, i) => {
    if (i % stride && i < found.length - 1) return [];
    const around = found.slice(Math.max(0, i - smooth + 1), i + 1);
    return [[done, around.reduce((sum, { losses }) => sum + losses[name]!, 0) / around.length] as [number, number]];
  });
}

/** Moves heights apart, so that what is written there can be read. */
function spread(heights: readonly number[], gap = 14): number[] {
  const order = heights.map((height, i) => ({ height, i })).sort((a, b) => a.height - b.height);
  const placed = new Array<number>(heights.length);
  let last = Number.NEGATIVE_INFINITY;
  for (const { height, i } of order) last = placed[i] = Math.max(height, last + gap);
  const over = Math.max(0, last - (size.height - size.bottom));
  return placed.map(height => height - over);
}
