/** Logical cores that this program may use. */
export async function coreCount(): Promise<number> {
  if (globalThis.navigator?.hardwareConcurrency) return navigator.hardwareConcurrency;
  return (await import('node:os')).availableParallelism();
}

/** Whether this thread may wait by `Atomics.wait`: a page's main thread must not. */
export const maySleep = !('document' in globalThis);

/** A worker of node:worker_threads or of the browser, whichever there is. */
export interface WorkerHandle {
  postMessage(message: unknown): void;
  /** The next messages go to `receive`; whatever ends the worker, to `fail`. */
  listen(receive: (message: unknown) => void, fail: (error: Error) => void): void;
  /** Lets the process end although the worker runs. */
  unref(): void;
  terminate(): Promise<void>;
}

/** Starts a worker on a module script. */
export async function startWorker(url: URL): Promise<WorkerHandle> {
  if (url.protocol !== 'file:') {
    const worker = new Worker(url, { type: 'module' });
    return {
      postMessage: message => worker.postMessage(message),
      listen: (receive, fail) => {
        worker.onmessage = event => receive(event.data);
        worker.onerror = event => fail(new Error(`${url.href}: ${event.message}`));
      },
      unref: () => {},
      terminate: async () => worker.terminate(),
    };
  }
  const { Worker: NodeWorker } = await import('node:worker_threads');
  const worker = new NodeWorker(url);
  return {
    postMessage: message => worker.postMessage(message),
    listen: (receive, fail) => {
      worker.removeAllListeners();
      worker.on('message', receive);
      worker.on('error', fail);
      worker.on('exit', code => fail(new Error(`${url.pathname} ended with code ${code}`)));
    },
    unref: () => worker.unref(),
    terminate: async () => {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}

/** Gives each worker its first task, and waits until all have answered. If one fails, all are ended. */
export async function startListening(workers: readonly WorkerHandle[], taskOf: (index: number) => unknown): Promise<void> {
  const answers = workers.map(
    (worker, i) =>
      new Promise<unknown>((resolve, reject) => {
        worker.listen(resolve, reject);
        worker.postMessage(taskOf(i));
      }),
  );
  try {
    await Promise.all(answers);
  } catch (error) {
    await Promise.all(workers.map(worker => worker.terminate()));
    throw error;
  }
}

/**
 * Starts threads that wait in shared memory for work, and says when all do. They do not keep the process alive; one that ends by itself is
 * an error that nobody can catch, since those that work with it would wait forever.
 */
export async function startTeam(url: URL, count: number, taskOf: (index: number) => unknown): Promise<WorkerHandle[]> {
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(url)));
  await startListening(workers, taskOf);
  for (const worker of workers) {
    worker.listen(
      () => {},
      error => {
        throw error;
      },
    );
    worker.unref();
  }
  return workers;
}

/** The other side: what a worker's script receives from and sends to whoever started it. */
interface Port {
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  listen(receive: (message: unknown) => void): void;
}

/** The port of the worker that this script runs in. */
export async function ownPort(): Promise<Port> {
  // In Node.js workers the global `postMessage` is missing.
  if (typeof postMessage === 'function')
    return {
      postMessage: (message, transfer = []) => postMessage(message, { transfer }),
      listen: receive => addEventListener('message', event => receive(event.data)),
    };
  const { parentPort } = await import('node:worker_threads');
  if (!parentPort) throw new Error('This file runs as a worker only.');
  return {
    postMessage: (message, transfer = []) => parentPort.postMessage(message, transfer),
    listen: receive => void parentPort.on('message', receive),
  };
}
