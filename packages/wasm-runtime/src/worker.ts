// Built-in modules of Node are asked for at run time: no bundler looks for them, and browsers go another way.
const nodeThreads = globalThis.process?.getBuiltinModule?.('node:worker_threads');

/** Logical cores that this program may use. */
export function coreCount(): number {
  return globalThis.navigator?.hardwareConcurrency ?? globalThis.process?.getBuiltinModule?.('node:os').availableParallelism() ?? 1;
}

/** Whether this thread may wait by `Atomics.wait`: a page's main thread must not. */
export const maySleep = !('document' in globalThis);

/** A worker's program, complete in one text, and its name for errors. */
export interface WorkerScript {
  name: string;
  script: string;
}

/** A worker of node:worker_threads or of the browser, whichever there is. */
export interface WorkerHandle {
  postMessage(message: unknown): void;
  /** The next messages go to `receive`; whatever ends the worker, to `fail`. */
  listen(receive: (message: unknown) => void, fail: (error: Error) => void): void;
  /** Lets the process end although the worker runs. */
  unref(): void;
  terminate(): Promise<void>;
}

/** Starts a worker. In a browser its script is a blob, which the page's content security policy must allow (`worker-src blob:`). */
export function startWorker({ name, script }: WorkerScript): WorkerHandle {
  return nodeThreads ? startNodeWorker(nodeThreads, name, script) : startBrowserWorker(name, script);
}

function startNodeWorker({ Worker }: typeof import('node:worker_threads'), name: string, script: string): WorkerHandle {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { name });
  return {
    postMessage: message => worker.postMessage(message),
    listen: (receive, fail) => {
      worker.removeAllListeners();
      worker.on('message', receive);
      worker.on('error', fail);
      worker.on('exit', code => fail(new Error(`${name} ended with code ${code}`)));
    },
    unref: () => worker.unref(),
    terminate: async () => {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}

/** Addresses of scripts, kept for the next worker. */
const blobs = new Map<string, string>();

function startBrowserWorker(name: string, script: string): WorkerHandle {
  const url = blobs.get(script) ?? URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  blobs.set(script, url);
  const worker = new Worker(url, { type: 'module', name });
  return {
    postMessage: message => worker.postMessage(message),
    listen: (receive, fail) => {
      worker.onmessage = event => receive(event.data);
      worker.onerror = ({ message }) => fail(new Error(`${name}: ${message ?? 'the page does not allow workers from blobs'}`));
    },
    unref: () => {},
    terminate: async () => worker.terminate(),
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
export async function startTeam(script: WorkerScript, count: number, taskOf: (index: number) => unknown): Promise<WorkerHandle[]> {
  const workers = Array.from({ length: count }, () => startWorker(script));
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
export function ownPort(): Port {
  // In Node.js workers the global `postMessage` is missing.
  if (typeof postMessage === 'function')
    return {
      postMessage: (message, transfer = []) => postMessage(message, { transfer }),
      listen: receive => addEventListener('message', event => receive(event.data)),
    };
  const parentPort = nodeThreads?.parentPort;
  if (!parentPort) throw new Error('This file runs as a worker only.');
  return {
    postMessage: (message, transfer = []) => parentPort.postMessage(message, transfer),
    listen: receive => void parentPort.on('message', receive),
  };
}
