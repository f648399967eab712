import type { SegmentationDataset } from '@wsss/datasets';
import type { Communicator } from '@wsss/parallel';
import type { Progress } from '@wsss/train';
import type { ImageCounts } from './image-counts.js';
import { longPause } from './job.js';
import type { Journal, JournalSettings } from './journal.js';
import { openSharedJournal } from './shared-journal.js';

/** How far a job on the images of a split is: its journal, and what was counted before it was interrupted. */
export interface ImageProgress<Kind extends string> {
  journal: Journal<ImageCounts<Kind>>;
  earlier: ImageCounts<Kind>[];
}

/**
 * Opens `progress.jsonl` in a folder of results. Says on standard error where the job goes on, or why it begins anew.
 *
 * @param settings What the results depend on beside the split.
 * @param job The processes that share the work.
 */
export async function openImageProgress<Kind extends string>(
  out: string,
  split: SegmentationDataset,
  settings: JournalSettings,
  job: Communicator,
): Promise<ImageProgress<Kind>> {
  const about = { dataset: split.name, split: split.split, images: split.length, ...settings };
  const { journal, earlier, differing } = await openSharedJournal<ImageCounts<Kind>>(job, out, about);
  const done = earlier.filter(({ index, id }) => index < split.length && split.id(index) === id);
  if (differing.length) process.stderr.write(`${journal.file} is of other settings (${differing.join(', ')}); beginning anew.\n`);
  if (done.length) process.stderr.write(`Going on after ${done.length} of ${split.length} images, from ${journal.file}.\n`);
  return { journal, earlier: done };
}

/**
 * What to do after every image of this process: a sign of life, and a guess of how far all processes are.
 *
 * @param earlier Images that were done before.
 */
export function noteImages(
  job: Communicator,
  progress: Progress,
  { earlier, total }: { earlier: number; total: number },
): (done: number) => void {
  return done => {
    job.alive(longPause);
    progress.update(Math.min(earlier + (done - earlier) * job.size, total));
  };
}

/** Tells that a job was stopped before its end, and sets the exit code of an interruption. */
export function sayInterrupted(done: number, total: number): void {
  process.stderr.write(`\nInterrupted after ${done} of ${total} images. The same command goes on from there.\n`);
  process.exitCode = 130;
}
