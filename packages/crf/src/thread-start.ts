import type { ThreadTask } from './team';

export interface ThreadHandle {
  terminate(): void;
}

/** Starts one thread on the engine's memory and waits until it listens: a worker of node:worker_threads, or a web worker. */
export async function startThread(task: ThreadTask): Promise<ThreadHandle> {
  const url = new URL('../build/lattice-thread.js', import.meta.url);
  if (url.protocol !== 'file:') {
    const worker = new (globalThis as unknown as { Worker: WebWorkerConstructor }).Worker(url, { type: 'module' });
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = event => reject(new Error(`${url.href} could not start: ${event.message}`));
      worker.postMessage(task);
    });
    return worker;
  }
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(url, { stdin: false });
  worker.postMessage(task);
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
  });
  // A forgotten engine must not keep the process alive.
  worker.unref();
  return { terminate: () => void worker.terminate() };
}

/** The part of the browser's Worker that is used here. */
interface WebWorker extends ThreadHandle {
  onmessage: (() => void) | null;
  onerror: ((event: { message: string }) => void) | null;
  postMessage(message: unknown): void;
}
type WebWorkerConstructor = new (url: URL, options: { type: 'module' }) => WebWorker;
