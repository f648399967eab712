import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { type Communicator, exchange, longPause, stopSignals } from '@wsss/parallel';
import { catchInterruption, Progress } from '@wsss/train';
import { ownFolder } from '../run/own-folder.js';
import { Journal, type JournalSettings } from './journal.js';
import type { DoneImage, ImagePass, PassResult } from './over-images.js';

interface ResumableJob {
  /** The processes that share the work. */
  job: Communicator;
  /** Folder of the results; `progress.jsonl` is in it until they are there. */
  out: string;
  split: SegmentationDataset;
  /** What the results depend on beside split and engine. */
  settings: JournalSettings;
  engine: Pick<Engine, 'canTrace' | 'threads' | 'version'>;
  /** What the bar says. */
  label: string;
}

/**
 * Goes over the images of a split with a bar, an orderly stop at Ctrl-C, and a journal from which the same command goes on; it says on
 * standard error where, or why it begins anew.
 *
 * @param work Takes the images.
 * @param publish Writes the results, once all images are done; called at rank 0.
 */
export async function resumable<Done extends DoneImage>(
  { job, out, split, settings, engine, label }: ResumableJob,
  work: (pass: ImagePass<Done>) => Promise<PassResult<Done>>,
  publish: (found: PassResult<Done>) => Promise<void>,
): Promise<void> {
  const total = split.length;
  const about = { dataset: split.name, split: split.split, images: total, ...settings, engine: engine.version };
  const own = await ownFolder(out, `mcc ${label}`, job);
  const {
    journal,
    earlier: written,
    differing,
  } = await openSharedJournal<Done>(job, out, about).catch(error => {
    own.release();
    throw error;
  });
  const earlier = written.filter(({ index, id }) => Number.isInteger(index) && index >= 0 && index < total && split.id(index) === id);
  if (differing.length) process.stderr.write(`${journal.file} is of other settings (${differing.join(', ')}); beginning anew.\n`);
  if (earlier.length) process.stderr.write(`Going on after ${earlier.length} of ${total} images, from ${journal.file}.\n`);
  job.alive(longPause);
  const progress = new Progress({ total, start: earlier.length, label });
  const doing = 'finishing the images at hand, then stopping';
  const { signal, release } = catchInterruption({ stream: progress, doing, signals: stopSignals(job) });
  try {
    const found = await work({ engine, progress, signal, job, journal: { earlier, append: done => journal.append(done) } });
    if (!found.isComplete) {
      process.stderr.write(`\nInterrupted after ${found.done.length} of ${total} images. The same command goes on from there.\n`);
      process.exitCode = 130;
      return;
    }
    own.check();
    if (job.rank === 0) await publish(found);
    await job.barrier();
    await journal.remove();
  } finally {
    release();
    await journal.close();
    own.release();
  }
}

/**
 * Opens this process's journal of a job that several processes work on: `progress.jsonl` of rank 0, `progress.1.jsonl` of rank 1, …
 *
 * @param settings the same at all ranks.
 * @returns with `earlier` the entries of all ranks, also of an interrupted job that had another number of them.
 */
export async function openSharedJournal<Entry>(job: Communicator, folder: string, settings: JournalSettings) {
  const file = (rank: number) => join(folder, rank ? `progress.${rank}.jsonl` : 'progress.jsonl');
  const { journal, earlier, differing } = await Journal.open<Entry>(file(job.rank), settings);
  if (job.rank === 0) {
    const others = (await readdir(folder)).flatMap(name => Number(/^progress\.(\d+)\.jsonl$/.exec(name)?.[1] ?? 0));
    for (const rank of others.filter(rank => rank >= job.worldSize)) {
      const left = await Journal.open<Entry>(file(rank), settings);
      for (const entry of left.earlier) {
        await journal.append(entry);
        earlier.push(entry);
      }
      await left.journal.remove();
    }
  }
  return { journal, earlier: (await exchange(job, earlier)).flat(), differing };
}
