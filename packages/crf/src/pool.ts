import { coreCount, startListening, startWorker, type WorkerHandle } from '@wsss/wasm-runtime';
import type { CrfImage, CrfResult, CrfSettings } from './apply-crf.js';
import { type CompiledLattice, compileLattice } from './compiled-lattice.js';

/** An image of a queue, with the name that errors give it. */
export type NamedCrfImage = CrfImage & { name: string };
export type NamedCrfResult = CrfResult & { name: string };

export interface PoolOptions {
  /** Images at a time, each on a thread of its own. Default: the number of cores. */
  workers?: number;
  /** The CRF that every image gets. */
  settings?: CrfSettings;
}

/** What a worker is sent, first the compiled lattice and then images, and what it answers. */
export type PoolTask = { compiled: CompiledLattice } | { image: CrfImage; settings: CrfSettings };
export type PoolAnswer = { ready: true } | { refined: CrfResult } | { error: string };

interface Waiting {
  image: NamedCrfImage;
  resolve: (refined: NamedCrfResult) => void;
  reject: (error: Error) => void;
}

/**
 * Refines many images on as many threads as there are cores.
 *
 * @example
 * const pool = await DenseCrfPool.start({ settings: paperSettings });
 * for await (const { name, labels } of pool.map(images)) await save(name, labels);
 * await pool.close();
 */
export class DenseCrfPool {
  private readonly idle: WorkerHandle[] = [];
  private readonly busy = new Map<WorkerHandle, Waiting>();
  private readonly queue: Waiting[] = [];
  private closed = false;

  private constructor(
    private readonly workers: Set<WorkerHandle>,
    private readonly settings: CrfSettings,
  ) {}

  /** Starts the workers. @throws RangeError unless `workers` is a whole number from 1. */
  static async start({ workers, settings = {} }: PoolOptions = {}): Promise<DenseCrfPool> {
    const count = workers ?? coreCount();
    if (!Number.isInteger(count) || count < 1) throw new RangeError(`workers is ${count}, expected a whole number from 1.`);
    const { script } = await import('../build/pool-worker.js');
    const compiled = await compileLattice();
    const handles = Array.from({ length: count }, () => startWorker({ name: 'A worker of DenseCrfPool', script }));
    await startListening(handles, () => ({ compiled }) satisfies PoolTask);
    const pool = new DenseCrfPool(new Set(handles), settings);
    for (const handle of handles) {
      handle.listen(
        answer => pool.receive(handle, answer as PoolAnswer),
        error => pool.lose(handle, error),
      );
      pool.idle.push(handle);
    }
    return pool;
  }

  /** Refines one image as soon as a worker is free. @throws Error that names the image, if it cannot be refined. */
  run(image: NamedCrfImage): Promise<NamedCrfResult> {
    if (this.closed) return Promise.reject(new Error(`image ${image.name}: the pool is closed.`));
    return new Promise((resolve, reject) => {
      this.queue.push({ image, resolve, reject });
      this.work();
    });
  }

  /**
   * Refines a stream of images; the results come in the order of the images. Reads at most two images a worker ahead, however long the
   * stream is. An image that cannot be refined ends it with an error that names the image.
   */
  async *map(images: Iterable<NamedCrfImage> | AsyncIterable<NamedCrfImage>): AsyncGenerator<NamedCrfResult, void, undefined> {
    const limit = 2 * this.workers.size;
    const ahead: Promise<NamedCrfResult>[] = [];
    for await (const image of images) {
      const refined = this.run(image);
      // Its error is thrown when its turn comes, which may be never.
      refined.catch(() => {});
      ahead.push(refined);
      if (ahead.length >= limit) yield await ahead.shift()!;
    }
    for (const refined of ahead) yield await refined;
  }

  /** Ends the workers. Images that still wait are refused. */
  async close(): Promise<void> {
    this.closed = true;
    const left = [...this.queue.splice(0), ...this.busy.values()];
    this.busy.clear();
    for (const { image, reject } of left) reject(new Error(`image ${image.name}: the pool was closed before it was refined.`));
    await Promise.all(Array.from(this.workers, handle => handle.terminate()));
    this.workers.clear();
  }

  private work(): void {
    while (this.queue.length > 0 && this.idle.length > 0) {
      const handle = this.idle.pop()!;
      const waiting = this.queue.shift()!;
      this.busy.set(handle, waiting);
      const { width, height, image, probabilities } = waiting.image;
      const task: PoolTask = { image: { width, height, image, probabilities }, settings: this.settings };
      handle.postMessage(task);
    }
  }

  private receive(handle: WorkerHandle, answer: PoolAnswer): void {
    const waiting = this.busy.get(handle);
    if (!waiting || 'ready' in answer) return;
    this.busy.delete(handle);
    this.idle.push(handle);
    const { name } = waiting.image;
    if ('refined' in answer) waiting.resolve({ name, ...answer.refined });
    else waiting.reject(new Error(`image ${name}: ${answer.error}`));
    this.work();
  }

  /** A worker has died: its image fails, and all the others once there is no worker left. */
  private lose(handle: WorkerHandle, error: Error): void {
    this.workers.delete(handle);
    const lost = this.busy.get(handle);
    this.busy.delete(handle);
    const place = this.idle.indexOf(handle);
    if (place >= 0) this.idle.splice(place, 1);
    const failed = lost ? [lost] : [];
    if (this.workers.size === 0) failed.push(...this.queue.splice(0));
    for (const { image, reject } of failed) reject(new Error(`image ${image.name}: its worker ended: ${error.message}`, { cause: error }));
  }
}
