import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describeValues } from './describe-values.js';
import { TensorBoardEvents } from './tensorboard-events.js';
import type { TextStream } from './text-stream.js';

/** One line of `log.jsonl`. */
export interface LogRecord {
  /** When, ISO 8601 in UTC. */
  time: string;
  /** What the numbers are about: `train`, `evaluate`, … */
  kind: string;
  /** Iterations done. */
  step: number;
  /** JSON has no NaN or infinities: such a value is null here and spelled out in `notFinite`. */
  values: Record<string, number | null>;
  notFinite?: Record<string, 'NaN' | 'Infinity' | '-Infinity'>;
}

/**
 * Keeps the numbers of a run in three forms: lines for people on a stream, one JSON object a line in `log.jsonl`, and curves for
 * TensorBoard. All are appended and flushed at once, so a run that is killed loses nothing, and one that goes on continues the same files.
 *
 * @example
 * const log = new RunLog('runs/voc', { clock: Date.now });
 * log.record('train', 200, { loss: 1.24, cls: 0.42 }); // on stderr: train 200 · loss 1.24 · cls 0.42
 * log.close();
 */
export class RunLog {
  private readonly descriptor: number;
  private readonly events: TensorBoardEvents;
  private readonly stream: TextStream;
  private readonly clock: () => number;

  /**
   * @param folder of the run; made if missing.
   * @param options.clock milliseconds since 1970, such as `Date.now`.
   * @param options.stream where the lines go. Default: `process.stderr`; give it a {@link Progress} to keep its bar below them.
   * @param options.host part of the event file's name. Default: this machine's name.
   */
  constructor(folder: string, options: { clock: () => number; stream?: TextStream; host?: string }) {
    const { clock, stream = process.stderr, host } = options;
    this.clock = clock;
    this.stream = stream;
    mkdirSync(folder, { recursive: true });
    this.descriptor = openSync(join(folder, 'log.jsonl'), 'a');
    this.events = new TensorBoardEvents(folder, { clock, host });
  }

  /** Text for people only, such as a table; a line end is added. */
  say(text: string): void {
    this.stream.write(`${text}\n`);
  }

  /**
   * Records numbers; in TensorBoard they are called `<kind>/<name>`.
   *
   * @param kind what they are about.
   * @param step iterations done.
   * @param values by name.
   */
  record(kind: string, step: number, values: Readonly<Record<string, number>>): void {
    const entries = Object.entries(values);
    const notFinite = entries.filter(([, value]) => !Number.isFinite(value)).map(([name, value]) => [name, String(value)]);
    const record: LogRecord = {
      time: new Date(this.clock()).toISOString(),
      kind,
      step,
      values: Object.fromEntries(entries.map(([name, value]) => [name, Number.isFinite(value) ? value : null])),
      ...(notFinite.length > 0 && { notFinite: Object.fromEntries(notFinite) }),
    };
    writeSync(this.descriptor, `${JSON.stringify(record)}\n`);
    this.events.scalars(step, Object.fromEntries(entries.map(([name, value]) => [`${kind}/${name}`, value])));
    this.say(`${kind} ${step} · ${describeValues(values)}`);
  }

  close(): void {
    closeSync(this.descriptor);
    this.events.close();
  }
}
