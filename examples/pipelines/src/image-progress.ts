import { join } from 'node:path';
import type { SegmentationDataset } from '@wsss/datasets';
import type { Communicator } from '@wsss/parallel';
import type { ImageCounts } from './image-counts.js';
import { Journal, type JournalSettings } from './journal.js';
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
 * @param job The processes that share the work, if there are several.
 */
export async function openImageProgress<Kind extends string>(
  out: string,
  split: SegmentationDataset,
  settings: JournalSettings,
  job?: Communicator,
): Promise<ImageProgress<Kind>> {
  const about = { dataset: split.name, split: split.split, images: split.length, ...settings };
  const opened = job
    ? openSharedJournal<ImageCounts<Kind>>(job, out, about)
    : Journal.open<ImageCounts<Kind>>(join(out, 'progress.jsonl'), about);
  const { journal, earlier, differing } = await opened;
  const done = earlier.filter(({ index, id }) => index < split.length && split.id(index) === id);
  if (differing.length) process.stderr.write(`${journal.file} is of other settings (${differing.join(', ')}); beginning anew.\n`);
  if (done.length) process.stderr.write(`Going on after ${done.length} of ${split.length} images, from ${journal.file}.\n`);
  return { journal, earlier: done };
}

/** Tells that a job was stopped before its end, and sets the exit code of an interruption. */
export function sayInterrupted(done: number, total: number): void {
  process.stderr.write(`\nInterrupted after ${done} of ${total} images. The same command goes on from there.\n`);
  process.exitCode = 130;
}
