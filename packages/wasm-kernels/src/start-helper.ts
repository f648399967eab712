import type { TeamTask } from './team-words.js';

const script = () => new URL('../build/helper-thread.js', import.meta.url);

/** Starts a helper thread and waits until it listens. From then on it does not keep a Node process alive. */
export async function startHelper(task: TeamTask): Promise<{ terminate(): void }> {
  const url = script();
  if (url.protocol !== 'file:') {
    const worker = new Worker(url, { type: 'module' });
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = event => reject(new Error(`${url.href}: ${event.message}`));
      worker.postMessage(task);
    });
    return worker;
  }
  const { Worker: NodeWorker } = await import('node:worker_threads');
  const worker = new NodeWorker(url);
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', code => reject(new Error(`${url.pathname} ended with code ${code}`)));
    worker.postMessage(task);
  });
  worker.removeAllListeners();
  worker.unref();
  return worker;
}
