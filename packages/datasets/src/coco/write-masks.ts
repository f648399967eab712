import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { sep } from 'node:path';
import { makeFolder } from '@wsss/files';
import pLimit from 'p-limit';
import { startThreads } from '../threads/threads.js';
import { type CocoImage, type CocoInstances, refusedForMasks } from './instances.js';
import { imageNames, labeledFor } from './mask-job.js';

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
 * A mask has the path of its image below the folder. An image with an annotation that cannot be used (see
 * {@link CocoInstances.refused}) gets no mask; the others do.
 */
export async function writeCocoMasks(instances: CocoInstances, options: CocoMaskOptions): Promise<CocoMaskSummary> {
  const { folder, toVoc12 = false, overwrite = false, workers = availableParallelism(), signal, onImage } = options;
  makeFolder(folder);
  const there = new Set(overwrite ? [] : (await readdir(folder, { recursive: true })).map(name => name.split(sep).join('/')));
  const names = imageNames(instances.images);
  const bad = new Map<CocoImage, string>();
  for (const { image, reason } of refusedForMasks(instances)) if (image && !bad.has(image)) bad.set(image, reason);
  const summary: CocoMaskSummary = { written: 0, kept: 0, empty: 0, refused: [] };
  const threads = startThreads('writeMask', workers);
  let done = 0;
  const make = async (image: CocoImage) => {
    if (signal?.aborted) return;
    const reason = bad.get(image);
    if (reason) summary.refused.push({ file: image.file, reason });
    else if (there.has(`${names.get(image)}.png`)) summary.kept++;
    else {
      const name = `${names.get(image)}.png`;
      await threads.run({ path: instances.path, image: labeledFor(image, instances, toVoc12), folder, name });
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
