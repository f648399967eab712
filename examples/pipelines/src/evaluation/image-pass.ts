import type { SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { type Communicator, longPause, stopSignals } from '@wsss/parallel';
import { catchInterruption, Progress } from '@wsss/train';
import type { ImageCounts, Scored } from './image-counts.js';
import type { Journal, JournalSettings } from './journal.js';
import { type EvaluationShare, evaluationShare } from './share.js';
import { openSharedJournal } from './shared-journal.js';

/** What goes on around those who take the images of a split one after the other. */
export interface ImageStream<Kind extends string = Scored> {
  /** The running engine: with it, networks run as traced graphs where that is possible, without blocking Node. */
  engine?: Pick<Engine, 'canTrace'>;
  /** Images that may be finished, which needs no engine, while the network computes. Default 4. */
  finishing?: number;
  /** What was counted before an interruption; these images are not counted again. */
  earlier?: Iterable<ImageCounts<Kind>>;
  /** Where several processes share the work: this one's part. The result is that of all, at every process. */
  share?: EvaluationShare;
  /** Called with what was counted of an image, before the image counts as done. */
  onCounts?: (counts: ImageCounts<Kind>) => Promise<void>;
  /** Called after every image. */
  onImage?: (done: number) => void;
  signal?: AbortSignal;
}

export interface ImagePass {
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
  /** Images that are computed together. Default 1. */
  batch?: number;
  /** Images that are found as entries of a page. */
  shown?: number;
}

/**
 * Goes over the images of a split: with a bar, an orderly stop at Ctrl-C, a journal from which the same command goes on (it says on
 * standard error where, or why it begins anew), and this process's share of a job.
 *
 * @param work Takes the images.
 * @param publish Writes the results, once all images are done.
 */
export async function passOverImages<Kind extends string, Found extends { images: number; entries?: readonly unknown[] }>(
  { job, out, split, settings, engine, label, batch, shown = 0 }: ImagePass,
  work: (stream: ImageStream<Kind>) => Promise<Found>,
  publish: (found: Found) => Promise<void>,
): Promise<void> {
  const total = split.length;
  const { journal, earlier } = await openProgress<Kind>(out, split, { ...settings, engine: engine.version }, job);
  job.alive(longPause);
  const progress = new Progress({ total, start: earlier.length, label });
  const doing = 'finishing the images at hand, then stopping';
  const interruption = catchInterruption({ stream: progress, doing, signals: stopSignals(job) });
  try {
    const found = await work({
      engine,
      finishing: engine.threads + 1,
      earlier,
      share: evaluationShare(job, split, batch),
      signal: interruption.signal,
      onCounts: counts => journal.append(counts),
      onImage: done => {
        job.alive(longPause);
        // A guess of how far all processes are.
        progress.update(Math.min(earlier.length + (done - earlier.length) * job.worldSize, total));
      },
    });
    progress.finish();
    if (found.images < total || (found.entries?.length ?? 0) < Math.min(shown, total)) {
      process.stderr.write(`\nInterrupted after ${found.images} of ${total} images. The same command goes on from there.\n`);
      process.exitCode = 130;
      return;
    }
    await publish(found);
    await job.barrier();
    await journal.remove();
  } finally {
    interruption.release();
    await journal.close();
  }
}

async function openProgress<Kind extends string>(
  out: string,
  split: SegmentationDataset,
  settings: JournalSettings,
  job: Communicator,
): Promise<{ journal: Journal<ImageCounts<Kind>>; earlier: ImageCounts<Kind>[] }> {
  const about = { dataset: split.name, split: split.split, images: split.length, ...settings };
  const { journal, earlier, differing } = await openSharedJournal<ImageCounts<Kind>>(job, out, about);
  const done = earlier.filter(({ index, id }) => index < split.length && split.id(index) === id);
  if (differing.length) process.stderr.write(`${journal.file} is of other settings (${differing.join(', ')}); beginning anew.\n`);
  if (done.length) process.stderr.write(`Going on after ${done.length} of ${split.length} images, from ${journal.file}.\n`);
  return { journal, earlier: done };
}
