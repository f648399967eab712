import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '@wsss/files';

const mark = '{"journal":"wsss-journal-1"';
/** Whether a text is that of a journal, or of one whose first line was cut. */
const begins = (text: string) => text.startsWith(mark) || mark.startsWith(text);

/** What a journal belongs to: everything that its entries depend on. */
export type JournalSettings = Record<string, unknown>;

/** A journal that was opened, with what it held. */
interface OpenedJournal<Entry> {
  journal: Journal<Entry>;
  /** Entries of an earlier, interrupted run with the same settings. */
  earlier: Entry[];
  /** Names of the settings in which a journal that was found differed; it was begun anew. */
  differing: string[];
}

/**
 * An append-only file of what is done, one JSON value a line, so that a job that was interrupted can go on: the first line says which
 * settings the entries belong to. A last line that was not written to its end does not count.
 *
 * @example
 * const { journal, earlier } = await Journal.open<{ id: string }>('out/progress.jsonl', { checkpoint });
 * await journal.append({ id: '2007_000033' });
 * await journal.remove(); // the job is done
 */
export class Journal<Entry> {
  private last: Promise<void> = Promise.resolve();
  private closing?: Promise<void>;

  private constructor(
    readonly file: string,
    private readonly handle: FileHandle,
  ) {}

  /** Opens a journal, or begins one; missing folders are made. @throws Error naming the file if it cannot be read or written. */
  static async open<Entry>(file: string, settings: JournalSettings): Promise<OpenedJournal<Entry>> {
    let handle: FileHandle;
    try {
      makeFolder(dirname(file));
      handle = await open(file, 'a+');
    } catch (error) {
      throw unwritable(file, error);
    }
    const journal = new Journal<Entry>(file, handle);
    try {
      const { size } = await handle.stat();
      const text = (await handle.read(Buffer.alloc(size), 0, size, 0)).buffer.toString('utf8');
      if (size && !begins(text)) throw new Error('it is there, and is no journal of this program; move it away, or choose another folder');
      const complete = text.slice(0, text.lastIndexOf('\n') + 1);
      const [header, ...lines] = complete.split('\n').slice(0, -1).map(parseLine);
      const found = isObject(header) ? (header as { journal?: string } & JournalSettings) : undefined;
      const wanted = JSON.parse(JSON.stringify({ journal: 'wsss-journal-1', ...settings })) as JournalSettings;
      const names = [...new Set([...Object.keys(found ?? {}), ...Object.keys(wanted)])];
      const differing = found ? names.filter(name => JSON.stringify(found[name]) !== JSON.stringify(wanted[name])) : [];
      const isOurs = found !== undefined && !differing.length;
      const kept = isOurs ? Buffer.byteLength(complete) : 0;
      if (kept < size) await handle.truncate(kept);
      if (!isOurs) await handle.appendFile(`${JSON.stringify(wanted)}\n`);
      return { journal, earlier: isOurs ? (lines.filter(line => line !== undefined && line !== null) as Entry[]) : [], differing };
    } catch (error) {
      await handle.close();
      throw unwritable(file, error);
    }
  }

  /** Adds an entry at the end. @throws Error naming the file if it cannot be written, for instance because the disk is full. */
  append(entry: Entry): Promise<void> {
    // One after another, or lines could mix.
    this.last = this.last.then(() =>
      this.handle.appendFile(`${JSON.stringify(entry)}\n`).catch(error => {
        throw unwritable(this.file, error);
      }),
    );
    return this.last;
  }

  /** Closes the file and leaves it, to go on from it later. */
  close(): Promise<void> {
    return (this.closing ??= this.last.catch(() => {}).then(() => this.handle.close()));
  }

  /** Closes and removes the file: the job is done. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.file, { force: true });
  }
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function unwritable(file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const advice =
    code === 'ENOSPC'
      ? 'the disk is full; make room and start the same command again, it goes on from here'
      : code === 'EACCES' || code === 'EROFS' || code === 'EPERM'
        ? 'its folder is not writable; choose another --out'
        : message;
  return new Error(`progress cannot be written to ${file}: ${advice}`, { cause: error });
}
