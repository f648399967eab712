import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { makeFolder, resultName, visible } from '@wsss/files';
import pLimit from 'p-limit';
import { startThreads } from '../threads/threads.js';
import type { CocoImage, CocoInstances } from './instances.js';
import { labeledFor, maskFile } from './mask-job.js';

export interface CocoMaskOptions {
  /** Where the label PNGs go. */
  folder: string;
  /** Labels 1..20 of the classes that VOC has, 255 for the others. Default false: 1..C. */
  toVoc12?: boolean;
  /** Make masks again that are there already. Default false: keep them, so that an interrupted job goes on. */
  overwrite?: boolean;
  /** Threads, default as many as the machine runs at a time; 0: this thread, as does this package's TypeScript source. */
  workers?: number;
  /** Aborted to stop after the masks that are under way. */
  signal?: AbortSignal;
  /** Told after each image how many are done. */
  onImage?: (done: number) => void;
}

export interface CocoMaskSummary {
  written: number;
  /** There already, and left alone. */
  kept: number;
  /** Of the masks written, those without an annotation: all background. */
  empty: number;
  /** Images without a mask, and why. */
  refused: { file: string; reason: string }[];
}

/**
 * Makes the label PNGs of an instances file, in threads. Each file appears only when it is complete.
 *
 * A mask has the name of its image. Images of which several would have one mask, or whose name is not possible everywhere, get none.
 *
 * An image with an annotation that cannot be used (see {@link CocoInstances.refused}) gets no mask; the others do.
 */
export async function writeCocoMasks(instances: CocoInstances, options: CocoMaskOptions): Promise<CocoMaskSummary> {
  const { folder, toVoc12 = false, overwrite = false, workers = availableParallelism(), signal, onImage } = options;
  makeFolder(folder);
  const there = new Set(overwrite ? [] : await readdir(folder));
  const bad = new Map<CocoImage, string>();
  for (const { image, reason } of instances.refused) if (image && !bad.has(image)) bad.set(image, reason);
  for (const [image, reason] of unwritable(instances.images)) if (!bad.has(image)) bad.set(image, reason);
  const summary: CocoMaskSummary = { written: 0, kept: 0, empty: 0, refused: [] };
  const threads = startThreads('writeMask', workers);
  let done = 0;
  const make = async (image: CocoImage) => {
    if (signal?.aborted) return;
    const reason = bad.get(image);
    if (reason) summary.refused.push({ file: image.file, reason });
    else if (there.has(maskFile(image))) summary.kept++;
    else {
      await threads.run({ path: instances.path, image: labeledFor(image, instances, toVoc12), folder });
      summary.written++;
      if (image.annotations.length === 0) summary.empty++;
    }
    onImage?.(++done);
  };
  try {
    await pLimit(2 * Math.max(1, workers)).map(instances.images, make);
  } finally {
    await threads.close();
  }
  return summary;
}

/** Images whose mask cannot have their name, and why. */
function* unwritable(images: readonly CocoImage[]): Generator<[CocoImage, string]> {
  const count = new Map<string, number>();
  const key = (image: CocoImage) => maskFile(image).normalize('NFC').toLowerCase();
  for (const image of images) count.set(key(image), (count.get(key(image)) ?? 0) + 1);
  for (const image of images) {
    const name = maskFile(image);
    if (resultName(name) !== name) yield [image, `image ${visible(image.file)}: a mask cannot be called after it; rename it`];
    else if (count.get(key(image))! > 1) yield [image, `image ${image.file}: another image would have the same mask ${name}; rename one`];
  }
}
