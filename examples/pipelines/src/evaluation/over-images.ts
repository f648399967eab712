import type { SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { type Communicator, exchange, longPause, SingleProcess } from '@wsss/parallel';
import type { Progress } from '@wsss/train';
import type { SheetEntry } from '../report/picture-sheet.js';
import { streamStages } from './stream-stages.js';

/** What is known of an image once it is done: plain values, so that they can be written down and sent to other processes. */
export interface DoneImage {
  index: number;
  id: string;
}

/** How images are gone over, whatever is done with them. */
export interface ImagePass<Done extends DoneImage = DoneImage> {
  /** The running engine. While it computes, as many images may be finished as it has threads, and one more. */
  engine: Pick<Engine, 'canTrace' | 'threads'>;
  /** Its bar is moved, and remarks appear above it. */
  progress: Progress;
  /** Once aborted, the images at hand are finished and no other is begun. */
  signal: AbortSignal;
  /** The processes that share the work. Default: this one alone. */
  job?: Communicator;
  /** What was done before an interruption, which is not done again, and where what is done now is written down. */
  journal?: { earlier: readonly Done[]; append(done: Done): Promise<void> };
}

/** What is done with images. The three stages run at the same time, on different images; see {@link streamStages}. */
interface ImageWork<Read, Computed, Done extends DoneImage> {
  /** Images that are computed together. Batches always begin at the same images, so that each has the same company. Default 1. */
  batch?: number;
  /** How many images, spread evenly, are shown on a page; they are computed even if they were done before an interruption. Default 0. */
  shown?: number;
  /** Reads and decodes an image. */
  read(index: number): Promise<Read>;
  /** Runs the network on a batch, one batch at a time. */
  compute(batch: Read[]): Promise<Computed[]>;
  /** What needs no network: CRF, scores, files. It may give how the image looks on a page, and what people are told about it. */
  finish(computed: Computed, image: DoneImage, isShown: boolean): Promise<{ done: Done; entry?: SheetEntry; remark?: string }>;
}

/** What was found in all images, by all processes, in the order of the images. */
export interface PassResult<Done extends DoneImage> {
  done: Done[];
  entries: SheetEntry[];
  /** Whether all images are done, and shown that were to be. */
  isComplete: boolean;
}

/**
 * Reads images, runs the network, and finishes them, at the same time for different images. Each is done once, by one of the processes that
 * share the work; the result is the same at all of them. Memory is that of a few images and of what is kept of those that are done.
 *
 * @param images A split of a data set, or pictures of one's own.
 * @throws whatever a stage throws, after the images that were being finished have ended.
 *
 * @example
 * const { done } = await overImages(split, pass, {
 *   read: index => split.image(index),
 *   compute: async ([picture]) => [await segment(picture!)],
 *   finish: async ({ labels }, about) => ({ done: countImage(about, { segmentation: labels }, truth, classes) }),
 * });
 */
export async function overImages<Read, Computed, Done extends DoneImage>(
  images: Pick<SegmentationDataset, 'length' | 'id' | 'groups'>,
  { engine, progress, signal, job = new SingleProcess(), journal }: ImagePass<Done>,
  { batch = 1, shown = 0, read, compute, finish }: ImageWork<Read, Computed, Done>,
): Promise<PassResult<Done>> {
  const { length } = images;
  const done = new Map((journal?.earlier ?? []).map(image => [image.index, image]));
  const entries = new Map<number, SheetEntry>();
  const earlier = done.size;
  const isShown = spread(length, shown);
  const isWanted = (index: number) => !done.has(index) || isShown(index);
  const isMine = dealtTo(job, images, batch);
  const batches = Array.from({ length: Math.ceil(length / batch) }, (_, number) => number)
    .filter(isMine)
    .map(number => Array.from({ length: Math.min(batch, length - number * batch) }, (_, i) => number * batch + i));
  const finishImage = async (computed: Computed, index: number) => {
    const found = await finish(computed, { index, id: images.id(index) }, isShown(index));
    if (found.remark) progress.write(`${found.remark}\n`);
    if (found.entry) entries.set(index, found.entry);
    if (!done.has(index)) {
      await journal?.append(found.done);
      done.set(index, found.done);
    }
    job.alive(longPause);
    // A guess of how far all processes are.
    progress.update(Math.min(earlier + (done.size - earlier) * job.worldSize, length));
  };
  job.alive(longPause);
  await streamStages(
    batches.filter(indices => indices.some(isWanted)),
    {
      read: indices => Promise.all(indices.map(read)),
      compute,
      finish: async (computed, indices) => {
        const own = indices.map((index, i) => ({ index, found: computed[i]! }));
        await Promise.all(own.filter(({ index }) => isWanted(index)).map(({ index, found }) => finishImage(found, index)));
      },
    },
    { ahead: Math.ceil(2 / batch), finishing: Math.max(1, Math.ceil((engine.threads + 1) / batch)), signal },
  );
  const ofAll = async <T>(own: ReadonlyMap<number, T>) => {
    const mine = [...own].filter(([index]) => isMine(Math.floor(index / batch)));
    const parts = await exchange(job, mine);
    const known = [...new Map([...own, ...parts.flat()])];
    return known.sort(([a], [b]) => a - b).map(([, value]) => value);
  };
  const [all, sheet] = [await ofAll(done), await ofAll(entries)];
  progress.finish();
  return { done: all, entries: sheet, isComplete: all.length === length && sheet.length >= Math.min(shown, length) };
}

/** Which of `length` things are among `count` that are spread evenly. */
function spread(length: number, count: number): (index: number) => boolean {
  const shown = Math.min(count, length);
  const chosen = new Set(Array.from({ length: shown }, (_, i) => Math.floor((i * length) / shown)));
  return index => chosen.has(index);
}

/**
 * Says whether a batch, numbered from 0, is this rank's: batches are dealt out in turn or, where records lie together in groups, each rank
 * gets a part of them in one piece.
 */
export function dealtTo(
  { rank, worldSize }: Pick<Communicator, 'rank' | 'worldSize'>,
  { length, groups }: Pick<SegmentationDataset, 'length' | 'groups'>,
  batch: number,
): (number: number) => boolean {
  const batches = Math.ceil(length / batch);
  return number => (groups ? Math.floor((number * worldSize) / batches) : number % worldSize) === rank;
}
