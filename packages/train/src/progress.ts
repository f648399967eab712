const redrawMilliseconds = 100;
const barWidth = 24;
const rateOver = 20; // updates

/** Where text for people goes: `process.stderr`, or anything that can be written to. Standard output stays free for results. */
export interface TextStream {
  write(text: string): unknown;
  /** Whether this is a terminal, on which a line can be redrawn. */
  isTTY?: boolean;
  /** Width of the terminal in characters. */
  columns?: number;
}

export interface ProgressOptions {
  /** Steps of the whole job. */
  total: number;
  /** Steps done before, when a job is continued. Default 0. */
  start?: number;
  /** What is counted, put in front. */
  label?: string;
  /** Where it is drawn. Default: `process.stderr`, so that standard output holds results alone. */
  stream?: TextStream;
  /** Milliseconds of any clock that only goes forward. Default: `performance.now`. */
  clock?: () => number;
  /** Off a terminal a line is written when either has passed since the last one, at most one a second. Default: 5 percent or 60 seconds. */
  every?: { percent?: number; seconds?: number };
}

/**
 * Shows how far a long job is, at what rate, how long it will still take, and a few values: a bar that is redrawn on a terminal, now and
 * then a line elsewhere. It is a stream itself: what is written to it appears above the bar.
 *
 * @example
 * const progress = new Progress({ total: 20_000, label: 'train' });
 * progress.update(iteration + 1, { loss });
 * progress.finish();
 */
export class Progress implements TextStream {
  private readonly stream: TextStream;
  private readonly clock: () => number;
  private readonly recent: { done: number; time: number }[];
  private shown: { done: number; time: number };
  private line = '';
  private barIsVisible = false;

  constructor(private readonly options: ProgressOptions) {
    this.stream = options.stream ?? process.stderr;
    this.clock = options.clock ?? (() => performance.now());
    this.shown = { done: options.start ?? 0, time: this.clock() };
    this.recent = [this.shown];
  }

  /** @param done steps done in all, `start` included. @param values shown at the end, for example the loss. */
  update(done: number, values: Readonly<Record<string, number>> = {}): void {
    const { total, every = {} } = this.options;
    const now = { done, time: this.clock() };
    this.recent.push(now);
    if (this.recent.length > rateOver) this.recent.shift();
    this.line = this.describe(now, values);

    const milliseconds = now.time - this.shown.time;
    const percent = (100 * (done - this.shown.done)) / total;
    const isDue = this.stream.isTTY
      ? milliseconds >= redrawMilliseconds
      : milliseconds >= 1000 * (every.seconds ?? 60) || (percent >= (every.percent ?? 5) && milliseconds >= 1000);
    if (!isDue && done < total) return;
    this.shown = now;
    this.stream.isTTY ? this.draw() : this.stream.write(`${this.line}\n`);
  }

  write(text: string): void {
    if (!this.barIsVisible) {
      this.stream.write(text);
      return;
    }
    this.stream.write(`\r\x1b[K${text}${text.endsWith('\n') ? '' : '\n'}`);
    this.draw();
  }

  /** Leaves the last state standing. */
  finish(): void {
    if (!this.barIsVisible) return;
    this.draw();
    this.stream.write('\n');
    this.barIsVisible = false;
  }

  private draw(): void {
    const width = (this.stream.columns ?? 80) - 1;
    this.stream.write(`\r${this.line.slice(0, width)}\x1b[K`);
    this.barIsVisible = true;
  }

  private describe(now: { done: number; time: number }, values: Readonly<Record<string, number>>): string {
    const { total, label } = this.options;
    const share = total > 0 ? Math.min(now.done / total, 1) : 1;
    const filled = Math.floor(share * barWidth);
    const bar = this.stream.isTTY ? `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}` : '';
    const count = `${now.done}/${total} (${Math.floor(100 * share)} %)`;
    const first = this.recent[0]!;
    const perSecond = (1000 * (now.done - first.done)) / (now.time - first.time);
    const pace =
      perSecond > 0 && Number.isFinite(perSecond) ? [describeRate(perSecond), `${describeTime((total - now.done) / perSecond)} left`] : [];
    return [[label, bar, count].filter(Boolean).join(' '), ...pace, describeValues(values)].filter(Boolean).join(' · ');
  }
}

/** Names and numbers for people: `loss 0.2311 · rate 6.00e-7`. */
export function describeValues(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${describeNumber(value)}`)
    .join(' · ');
}

/** Four significant digits; whole numbers as they are. */
function describeNumber(value: number): string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

function describeRate(perSecond: number): string {
  return perSecond >= 1 ? `${perSecond.toFixed(1)}/s` : `${(1 / perSecond).toFixed(1)} s each`;
}

function describeTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
