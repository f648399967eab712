import type { LabelMap, Picture, SegmentationDataset } from '@wsss/datasets';
import type { ImageCounts } from '../evaluation/image-counts.js';
import type { ImageStream } from '../evaluation/image-pass.js';
import { shareByIndex } from '../evaluation/share.js';
import { streamStages } from '../evaluation/stream-stages.js';
import type { SheetEntry } from '../report/picture-sheet.js';

/** An image with its true classes, numbered from 0 without background, and its mask where there is one. */
export interface LabeledImage {
  picture: Picture;
  present: readonly number[];
  truth?: LabelMap;
}

/** What is done with every image; see {@link streamStages}. */
export interface ImageStages<Kind extends string, Computed, Finished> {
  /** On the engine. */
  compute(image: LabeledImage): Promise<Computed>;
  /** Without it. */
  finish(computed: Computed, id: string): Promise<Finished>;
  /** How an image looks on a page. */
  show(finished: Finished, id: string): Promise<SheetEntry>;
  /** What is counted, and written to files, of an image that was not done before. */
  count(finished: Finished, about: { index: number; id: string }): Promise<ImageCounts<Kind>>;
}

/**
 * Takes the images of a split one after the other, with their true classes: counts each once, and shows some, spread evenly, on a page.
 * Images that are shown are computed even if they were counted before an interruption.
 *
 * @param options.shown How many are shown.
 * @returns What was counted, of all processes that share the work, and the entries of the page in the order of the split.
 * @throws Error when the split has no image-level labels.
 */
export async function countAndShowImages<Kind extends string, Computed, Finished>(
  dataset: SegmentationDataset,
  { shown, earlier, share, finishing, signal, onCounts, onImage }: ImageStream<Kind> & { shown: number },
  { compute, finish, show, count }: ImageStages<Kind, Computed, Finished>,
): Promise<{ counted: ImageCounts<Kind>[]; entries: SheetEntry[] }> {
  const counted = new Map([...(earlier ?? [])].map(counts => [counts.index, counts]));
  const isShown = spread(dataset.length, shown);
  const entries = new Map<number, SheetEntry>();
  const isTaken = (index: number) => (share?.isMine(index) ?? true) && (!counted.has(index) || isShown(index));
  await streamStages(
    Array.from({ length: dataset.length }, (_, index) => index).filter(isTaken),
    {
      read: async index => {
        const [picture, labels, truth] = await Promise.all([dataset.image(index), dataset.labels(index), dataset.mask?.(index)]);
        return { picture, truth, present: dataset.classes.map((_, c) => c).filter(c => labels[c]! > 0) };
      },
      compute,
      finish: async (computed, index) => {
        const id = dataset.id(index);
        const finished = await finish(computed, id);
        if (isShown(index)) entries.set(index, await show(finished, id));
        if (counted.has(index)) return;
        const counts = await count(finished, { index, id });
        await onCounts?.(counts);
        counted.set(index, counts);
        onImage?.(counted.size);
      },
    },
    { finishing, signal },
  );
  await shareByIndex(share, counted);
  await shareByIndex(share, entries);
  return { counted: [...counted.values()], entries: [...entries].sort(([a], [b]) => a - b).map(([, entry]) => entry) };
}

/** Which of `length` things are among `count` that are spread evenly. */
export function spread(length: number, count: number): (index: number) => boolean {
  const chosen = new Set(Array.from({ length: Math.min(count, length) }, (_, i) => Math.floor((i * length) / Math.min(count, length))));
  return index => chosen.has(index);
}
