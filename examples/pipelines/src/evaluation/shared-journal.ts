import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Communicator, exchange } from '@wsss/parallel';
import { Journal, type JournalSettings, type OpenedJournal } from './journal.js';

/**
 * Opens this process's journal of a job that several processes work on: `progress.jsonl` of rank 0, `progress.1.jsonl` of rank 1, …
 *
 * @param settings the same at all ranks.
 * @returns with `earlier` the entries of all ranks, also of an interrupted job that had another number of them.
 */
export async function openSharedJournal<Entry>(
  job: Communicator,
  folder: string,
  settings: JournalSettings,
): Promise<OpenedJournal<Entry>> {
  const file = (rank: number) => join(folder, rank ? `progress.${rank}.jsonl` : 'progress.jsonl');
  const { journal, earlier, differing } = await Journal.open<Entry>(file(job.rank), settings);
  if (job.rank === 0) {
    const others = (await readdir(folder)).flatMap(name => Number(/^progress\.(\d+)\.jsonl$/.exec(name)?.[1] ?? 0));
    for (const rank of others.filter(rank => rank >= job.worldSize)) {
      const left = await Journal.open<Entry>(file(rank), settings);
      for (const entry of left.earlier) await journal.append(entry);
      earlier.push(...left.earlier);
      await left.journal.remove();
    }
  }
  return { journal, earlier: (await exchange(job, earlier)).flat(), differing };
}
