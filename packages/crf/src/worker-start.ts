import { platform } from './platform.js';

/** A worker of node:worker_threads or of the browser, whichever there is. */
export interface WorkerHandle {
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  /** The next messages go to `receive`; whatever ends the worker, to `fail`. */
  listen(receive: (message: unknown) => void, fail: (error: Error) => void): void;
  /** Lets the process end although the worker runs. */
  unref(): void;
  terminate(): Promise<void>;
}

/** Starts a worker on a module script. */
export async function startWorker(url: URL): Promise<WorkerHandle> {
  if (url.protocol !== 'file:') {
    const worker = new platform.Worker(url, { type: 'module' });
    return {
      postMessage: (message, transfer = []) => worker.postMessage(message, transfer),
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
    postMessage: (message, transfer = []) => worker.postMessage(message, transfer),
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

/** The other side: what a worker's script receives from and sends to whoever started it. */
export interface Port {
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  listen(receive: (message: unknown) => void): void;
}

export async function ownPort(): Promise<Port> {
  if (platform.postMessage) {
    return {
      postMessage: (message, transfer = []) => platform.postMessage!(message, { transfer }),
      listen: receive => platform.addEventListener('message', event => receive(event.data)),
    };
  }
  const { parentPort } = await import('node:worker_threads');
  if (!parentPort) throw new Error('This file runs as a worker only.');
  return {
    postMessage: (message, transfer = []) => parentPort.postMessage(message, transfer),
    listen: receive => void parentPort.on('message', receive),
  };
}
