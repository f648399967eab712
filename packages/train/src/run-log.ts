import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readFile, reasonOf, requirePlainOrNew, writeAtomically } from '@wsss/files';
import { GrowingFile } from './growing-file.js';
import { describeValues, type TextStream } from './progress.js';
import { TensorBoardEvents } from './tensorboard-events.js';

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
 * TensorBoard. Records are written at once, so a run that is killed loses none. When the disk is full they are kept in memory and
 * written later: a log never ends a run. One that goes on continues the log, see {@link rewindLog}.
 *
 * @example
 * const log = new RunLog('runs/voc', { clock: Date.now });
 * log.record('train', 200, { loss: 1.24, cls: 0.42 }); // on stderr: train 200 · loss 1.24 · cls 0.42
 * log.close();
 */
export class RunLog {
  private readonly lines: GrowingFile;
  private readonly events: TensorBoardEvents;
  private readonly stream: TextStream;
  private readonly clock: () => number;

  /**
   * @param folder of the run; made if missing.
   * @param options.clock milliseconds since 1970, such as `Date.now`.
   * @param options.stream where the lines go. Default: `process.stderr`; give it a {@link Progress} to keep its bar below them.
   * @param options.restartAt iterations done, if a run goes on: what TensorBoard has of later ones is hidden.
   * @param options.host part of the event file's name. Default: this machine's name.
   */
  constructor(folder: string, options: { clock: () => number; stream?: TextStream; restartAt?: number; host?: string }) {
    this.clock = options.clock;
    this.stream = options.stream ?? process.stderr;
    requirePlainOrNew(join(folder, 'log.jsonl'));
    this.events = new TensorBoardEvents(folder, options); // makes the folder
    this.lines = new GrowingFile(join(folder, 'log.jsonl'));
  }

  /** Text for people only, such as a table; a line end is added. */
  say(text: string): void {
    this.stream.write(`${text}\n`);
  }

  /** Records numbers by name after `step` iterations; in TensorBoard they are called `<kind>/<name>`. */
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
    const failedBefore = this.lines.failure !== undefined;
    const isWritten = this.lines.append(Buffer.from(`${JSON.stringify(record)}\n`));
    if (!isWritten && !failedBefore)
      this.say(`${this.lines.path} cannot be written now (${this.lines.failure!.message}); its lines are kept until it can`);
    if (isWritten && failedBefore) this.say(`${this.lines.path} can be written again; nothing is lost`);
    this.events.scalars(step, Object.fromEntries(entries.map(([name, value]) => [`${kind}/${name}`, value])));
    this.say(`${kind} ${step} · ${describeValues(values)}`);
  }

  /** Makes all records durable: what a checkpoint says is done is in the log, too. @throws Error if that is not possible. */
  flush(): void {
    this.lines.flush();
  }

  close(): void {
    this.lines.close();
    this.events.close();
  }
}

/**
 * Takes a run's `log.jsonl` back to where the run goes on, so that no record is there twice: keeps the records that are wanted. A line that
 * is not whole goes where no wanted one follows, as after a crash. Without a log nothing happens.
 *
 * @param keep whether a record is still true, for instance `({ step }) => step <= done`.
 * @param options.repair leave damaged lines out of the middle, too; the log as it was is kept as `log.jsonl.damaged`. Default false.
 * @throws Error naming the line if one in the middle is damaged; nothing is changed then.
 */
export async function rewindLog(
  folder: string,
  keep: (record: LogRecord) => boolean,
  { repair = false }: { repair?: boolean } = {},
): Promise<void> {
  const file = join(folder, 'log.jsonl');
  const text = (await readLog(file))?.toString('utf8') ?? '';
  const lines = text.replace(/\n$/, '').split('\n');
  const records = lines.map(parse);
  const isKept = records.map(record => record !== undefined && keep(record));
  const damaged = records.findIndex(record => !record);
  if (damaged >= 0 && damaged < isKept.lastIndexOf(true)) {
    if (!repair)
      throw new Error(
        `${file} line ${damaged + 1} is damaged, and whole lines follow. Put a whole copy there, or leave what is damaged out`,
      );
    await writeAtomically(`${file}.damaged`, text);
  }
  const rest = lines
    .filter((_, i) => isKept[i])
    .map(line => `${line}\n`)
    .join('');
  if (rest !== text) await writeAtomically(file, rest);
}

/** How long the beginning of a log is, in bytes, and the SHA-256 of it. */
export interface LogDigest {
  bytes: number;
  sha256: string;
}

/** What a run's log is now, to be compared later. @returns undefined where there is none. */
export async function digestLog(folder: string): Promise<LogDigest | undefined> {
  const bytes = await readLog(join(folder, 'log.jsonl'));
  return bytes && { bytes: bytes.length, sha256: hashOf(bytes) };
}

/** What a run's log has lost or what was changed in it since it was looked at, in words; undefined if it begins as it did then. */
export async function lossOfLog(folder: string, then: LogDigest): Promise<string | undefined> {
  const file = join(folder, 'log.jsonl');
  const bytes = await readLog(file);
  if (!bytes) return `${file} is gone`;
  if (bytes.length < then.bytes) return `${file} has ${bytes.length} of the ${then.bytes} bytes that it had`;
  if (hashOf(bytes.subarray(0, then.bytes)) === then.sha256) return undefined;
  const damaged = bytes
    .subarray(0, then.bytes)
    .toString('utf8')
    .replace(/\n$/, '')
    .split('\n')
    .findIndex(line => !parse(line));
  return damaged < 0 ? `${file} has lost lines, or was changed` : `${file} line ${damaged + 1} is damaged`;
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function readLog(file: string): Promise<Buffer | undefined> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`${file} could not be read: ${reasonOf(error)}`, { cause: error });
  });
}

function parse(line: string): LogRecord | undefined {
  try {
    const record = JSON.parse(line) as LogRecord | null;
    return typeof record?.step === 'number' && typeof record.kind === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
