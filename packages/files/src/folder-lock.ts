import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder } from './make-folder.js';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.js';
import { readFileSync } from './read-file.js';
import { retryIfGone } from './retry-if-gone.js';
import { reasonOf } from './system-errors.js';

/** What a lock's file says. */
interface Held extends ProcessIdentity {
  format: 'wsss-lock-1';
  token: string;
  /** What the process does, and since when; for people. */
  doing: string;
  since: string;
}

/** Milliseconds between signs of life, and how old the last one of a process on another machine may be. */
const beat = 60_000;
const silence = 3_600_000;

/** A folder was taken from the process that held it, or is gone. */
export class LockLostError extends Error {
  override name = 'LockLostError';
}

/**
 * A folder that belongs to one process at a time, by a file in it that says which. The file of a process that is gone does not count: on
 * the same machine that is known at once, by its number and when it began; of another machine an hour without a sign of life says so. All
 * steps are atomic on local and on network disks: making a hard link, and renaming.
 *
 * @example
 * const lock = await FolderLock.acquire('runs/a', { doing: 'mcc train' });
 * lock.check(); // now and then: throws if the folder is no longer this process's
 * lock.release();
 */
export class FolderLock {
  private readonly timer: NodeJS.Timeout;
  private readonly onExit = () => this.release();
  private released = false;

  private constructor(
    readonly folder: string,
    private readonly file: string,
    private readonly token: string,
    private readonly made: readonly string[],
  ) {
    this.timer = setInterval(() => this.beat(), beat);
    this.timer.unref();
    process.once('exit', this.onExit);
  }

  /**
   * Takes a folder, which is made if it is missing.
   *
   * @param folder where the lock lies.
   * @param options who takes it.
   * @param options.doing what for; told to others who want it.
   * @param options.name of the file in the folder. Default `run.lock`.
   * @throws Error saying who holds it, or that the file cannot be made.
   */
  static async acquire(folder: string, { doing, name = 'run.lock' }: { doing: string; name?: string }): Promise<FolderLock> {
    const file = join(folder, name);
    const token = randomUUID();
    const own = `${file}.${token}`;
    let made: string[] = [];
    const held: Held = { format: 'wsss-lock-1', token, ...thisProcess(), doing, since: new Date().toISOString() };
    try {
      retryIfGone(() => {
        made = makeFolder(folder);
        writeDurably(own, `${JSON.stringify(held)}\n`);
      });
    } catch (error) {
      rmSync(own, { force: true });
      throw new Error(`${folder} cannot be made this process's own: ${reasonOf(error)}`, { cause: error });
    }
    try {
      for (;;) {
        if (linked(own, file)) break;
        if (await takenOver(file, own)) break;
        await wait(20);
      }
      clearRemains(folder, name);
      return new FolderLock(folder, file, token, made);
    } finally {
      rmSync(own, { force: true });
    }
  }

  /** @throws LockLostError if the folder is gone or another process's. */
  check(): void {
    const { held, exists } = holderIn(this.file);
    if (held?.token === this.token) return;
    const found = held ? `it is now that of ${nameOf(held)}` : exists ? `${this.file} was changed` : `${this.file} is gone`;
    throw new LockLostError(`${this.folder} is no longer this process's: ${found}. Nothing more is written to it.`);
  }

  /** Gives the folder back. One that was made for the lock and has nothing in it goes, too. */
  release(): void {
    if (this.released) return;
    this.released = true;
    clearInterval(this.timer);
    process.off('exit', this.onExit);
    try {
      if (holderIn(this.file).held?.token !== this.token) return;
      rmSync(this.file, { force: true });
      for (const folder of [...this.made].reverse()) rmdirSync(folder);
    } catch {
      // A lock of a process that is gone does not count, and a folder with something in it stays.
    }
  }

  private beat(): void {
    try {
      if (holderIn(this.file).held?.token === this.token) utimesSync(this.file, new Date(), new Date());
    } catch {
      // check() says so where it matters
    }
  }
}

/** Removes what processes left that were killed while they took the lock; after an hour also what says nothing of its process. */
function clearRemains(folder: string, name: string): void {
  const file = join(folder, name);
  const isLeft = (path: string) => {
    const { held } = holderIn(path);
    return held ? isRunning(held) === false : isSilent(path, file, 3_600_000);
  };
  try {
    for (const other of readdirSync(folder)) {
      const [path, token] = [join(folder, other), other.slice(name.length + 1).replace(/\.turn$/, '')];
      if (other.startsWith(`${name}.`) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(token) && isLeft(path))
        rmSync(path, { force: true });
    }
  } catch {
    // what is left is in nobody's way
  }
}

/** Gives a file its lasting name, unless something has it. */
function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP' || code === 'ENOSYS') return copied(own, file);
    throw new Error(`${file} cannot be made: ${reasonOf(error)}`, { cause: error });
  }
}

/** Where there are no hard links: made at once, or not at all, though for a moment empty. */
function copied(own: string, file: string): boolean {
  try {
    writeDurably(file, readFileSync(own, 'utf8'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new Error(`${file} cannot be made: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Puts a lock in the place of one whose process is gone. Only one process at a time may: the one that has the second lock, which is held
 * for moments.
 *
 * @returns false if it has to be tried again.
 * @throws Error if the process is still there.
 */
async function takenOver(file: string, own: string): Promise<boolean> {
  requireGone(file, own);
  const turn = `${file}.turn`;
  if (!linked(own, turn)) {
    const { held, exists } = holderIn(turn);
    // Of a process that was killed in these moments. Renaming first: two cannot remove the same one.
    const running = held && isRunning(held);
    if (exists && running !== true && (running === false || isSilent(turn, own, 10_000))) removeIfSame(turn, `${own}.turn`, held?.token);
    return false;
  }
  try {
    if (!requireGone(file, own)) return false;
    renameSync(own, file);
    return true;
  } finally {
    rmSync(turn, { force: true });
  }
}

/** @returns false if there is no lock any more. @throws Error if its process is still there, or may be. */
function requireGone(file: string, own: string): boolean {
  const { held, exists } = holderIn(file);
  if (!exists) return false;
  const running = held ? isRunning(held) : undefined;
  if (running === false || (running === undefined && isSilent(file, own, silence))) return true;
  if (!held)
    throw new Error(`${file} is damaged, so that nobody can tell whose the folder is. If no process works in it, remove that file`);
  const advice = running
    ? 'Wait until it has ended, stop it, or choose another folder'
    : `Wait until it has ended. If it is gone, remove ${file}, or wait for an hour`;
  throw new Error(`${dirname(file)} is in use by ${nameOf(held)}. ${advice}`);
}

const nameOf = ({ pid, host, doing, since }: Held) => `process ${pid} on ${host} (${doing}, since ${since})`;

/** Whether a file was last touched so long ago, by the clock of its disk, on which `own` was just made. */
function isSilent(file: string, own: string, milliseconds: number): boolean {
  const [last, now] = [file, own].map(path => statSync(path, { throwIfNoEntry: false })?.mtimeMs);
  return last !== undefined && now !== undefined && now - last > milliseconds;
}

function removeIfSame(file: string, aside: string, token?: string): void {
  try {
    renameSync(file, aside);
    if (holderIn(aside).held?.token !== token) linked(aside, file); // somebody else's, after all
  } catch {
    // another process was quicker
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderIn(file: string): { held?: Held; exists: boolean } {
  try {
    const held = JSON.parse(readFileSync(file, 'utf8')) as Partial<Held> | null;
    const { token, host, doing, since } = held ?? {};
    const areTexts = [token, host, doing, since].every(text => typeof text === 'string' && text.length <= 1000);
    const isOurs = held?.format === 'wsss-lock-1' && areTexts && Number.isInteger(held.pid);
    return { exists: true, ...(isOurs && { held: held as Held }) };
  } catch (error) {
    return { exists: !['ENOENT', 'ENOTDIR', 'ESTALE'].includes((error as NodeJS.ErrnoException).code ?? '') };
  }
}

function writeDurably(file: string, text: string): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_SYNC = 0 } = constants;
  const descriptor = openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_SYNC, 0o666);
  try {
    writeSync(descriptor, text);
  } finally {
    closeSync(descriptor);
  }
}
