import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { makeViews, type ViewParameters, type Views } from '../augment/views';
import type { Picture } from '../dataset';

export interface AugmentationJob {
  id: number;
  picture: Picture;
  parameters: ViewParameters;
}
export type AugmentationResult = { id: number; views: Views } | { id: number; error: unknown };

/** Makes views, here or in threads of its own; the results are the same. */
export interface Augmenters {
  makeViews(picture: Picture, parameters: ViewParameters): Promise<Views>;
  /** Ends the threads; what they have not finished is rejected. */
  close(): Promise<void>;
}

/** The built worker beside the built index; undefined when this package runs from its TypeScript source, where there is none. */
function builtWorker(): URL | undefined {
  const beside = new URL('./worker.js', import.meta.url);
  return existsSync(beside) ? beside : undefined;
}

/**
 * Starts threads that make views.
 *
 * @param workers number of threads; with 0, and without a worker module, views are made in this thread
 * @param module the worker's code, default the built one
 */
export function startAugmenters(workers: number, module: URL | undefined = builtWorker()): Augmenters {
  if (workers === 0 || module === undefined)
    return { makeViews: async (picture, parameters) => makeViews(picture, parameters), close: async () => {} };

  const threads = Array.from({ length: workers }, () => startThread(module));
  let jobs = 0;
  return {
    makeViews: (picture, parameters) => {
      const free = threads.reduce((least, thread) => (thread.pending.size < least.pending.size ? thread : least));
      return free.run({ id: jobs++, picture, parameters });
    },
    close: async () => {
      await Promise.all(threads.map(thread => thread.end()));
    },
  };
}

function startThread(module: URL) {
  const worker = new Worker(module);
  const pending = new Map<number, { resolve: (views: Views) => void; reject: (error: unknown) => void }>();
  let dead: Error | undefined;
  let ending = false;
  const die = (error: Error) => {
    dead ??= error;
    for (const { reject } of pending.values()) reject(dead);
    pending.clear();
  };
  worker.unref(); // only a job keeps the process alive
  worker.on('error', error => die(new Error(`augmentation worker failed: ${(error as Error).message}`, { cause: error })));
  worker.on('exit', code => die(new Error(`augmentation worker ended (exit code ${code})`)));
  worker.on('message', (result: AugmentationResult) => {
    const job = pending.get(result.id)!;
    pending.delete(result.id);
    // A last result may come while the end is waited for: the process must live until then.
    if (pending.size === 0 && !ending) worker.unref();
    if ('views' in result) job.resolve(result.views);
    else job.reject(result.error);
  });
  return {
    pending,
    run: (job: AugmentationJob) =>
      new Promise<Views>((resolve, reject) => {
        if (dead) return reject(dead);
        pending.set(job.id, { resolve, reject });
        worker.ref();
        worker.postMessage(job);
      }),
    end: () => {
      ending = true;
      return worker.terminate();
    },
  };
}
