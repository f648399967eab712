import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Communicator } from './communicator.js';
import { joinJob } from './join-job.js';

/** How long an announced pause may be, in seconds: an image on a slow engine, a checkpoint on a slow disk. */
export const longPause = 600;

/** What interrupts this process politely. Launchers pass on SIGUSR2, but kill the ranks soon after Ctrl-C. */
export const stopSignals = ({ worldSize }: Communicator): NodeJS.Signals[] =>
  worldSize > 1 ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command as this process's part of the job that it was started in; alone, it is a job of one. What a rank throws ends all of them
 * with one line, `<program>: rank <rank>: <message>`. Where all fail alike, rank 0 says so.
 */
export async function inJob(program: string, run: (job: Communicator) => Promise<void>, options?: { watchdog?: number }): Promise<void> {
  const job = await joinJob(options);
  try {
    await run(job);
  } catch (error) {
    if (job.worldSize === 1) throw error;
    if (job.rank > 0) await delay(1000 + 50 * job.rank);
    await job.abort(`${program}: rank ${job.rank}: ${(error as Error).message}`);
  }
  await job.close();
}

/** Where a rank writes: rank 0 into the run's folder, the others, whose files nobody needs, into one that is removed at the end. */
export function folderOfRank(job: Communicator, folder: string): string {
  if (job.rank === 0) return folder;
  clearRanksThatDied();
  const own = mkdtempSync(join(tmpdir(), `${rankFolders}${process.pid}-`));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  return own;
}

/** Where the folders of ranks lie, with the number of the process behind it. */
const rankFolders = 'wsss-rank-';

/** Removes the folders of ranks that were killed: this user's, of processes that are gone for a minute. */
function clearRanksThatDied(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^wsss-rank-(\d+)-\w+$/.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(tmpdir(), name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() && found.uid === process.getuid?.() && Date.now() - found.mtimeMs > graceMilliseconds)
      rmSync(path, { recursive: true, force: true });
  }
}
const graceMilliseconds = 60_000;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
