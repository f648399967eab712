import { closeSync, constants, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';

/**
 * A file that records are added to while the program goes on whatever happens: what cannot be written, because the disk is full for
 * instance, is kept and written with the next record. A record that was written in part is written again as a whole.
 *
 * @example
 * const file = new GrowingFile('log.jsonl');
 * if (!file.append(Buffer.from('a line\n'))) warn(file.failure!.message);
 * file.flush();
 * file.close();
 */
export class GrowingFile {
  private readonly descriptor: number;
  private end: number;
  private pending: Uint8Array[] = [];
  /** Why the last record could not be written; undefined if all are. */
  failure: Error | undefined;

  /** @param path of the file; made if missing, continued if not. @throws Error if it cannot be opened. */
  constructor(readonly path: string) {
    this.descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT);
    this.end = fstatSync(this.descriptor).size;
  }

  /** @returns whether all records are written; they are kept if not. */
  append(record: Uint8Array): boolean {
    this.pending.push(record);
    try {
      this.writePending();
    } catch (error) {
      this.failure = error as Error;
    }
    return this.failure === undefined;
  }

  /** Writes what is left, and makes all of it durable. @throws Error naming the file if that is not possible. */
  flush(): void {
    try {
      this.writePending();
      fsyncSync(this.descriptor);
    } catch (error) {
      this.failure = error as Error;
      throw new Error(`${this.path} could not be written: ${this.failure.message}.`, { cause: error });
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private writePending(): void {
    for (let next = this.pending[0]; next; next = this.pending[0]) {
      for (let done = 0; done < next.length; ) done += writeSync(this.descriptor, next, done, next.length - done, this.end + done);
      this.end += next.length;
      this.pending.shift();
    }
    this.failure = undefined;
  }
}
