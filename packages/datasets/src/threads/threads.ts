import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Job, type JobName, jobs, type Result } from './jobs.js';

/**
 * Starts threads for jobs of one name, each of which goes to the thread that has least to do.
 *
 * @param count number of threads; with 0 jobs are done in this thread, and give the same
 * @param module the threads' code, default the built `worker.js` beside the built index. Without it (this package's TypeScript source has
 *   none) jobs are done in this thread
 * @returns `run`, which rejects with what the job throws or what ended its thread; `close`, which rejects what is not finished
 */
export function startThreads<Name extends JobName>(name: Name, count: number, module = builtWorker()) {
  const work = jobs[name].work as (job: Job<Name>) => Result<Name> | Promise<Result<Name>>;
  if (count === 0 || module === undefined) return { run: async (job: Job<Name>) => work(job), close: async () => {} };
  const threads = Array.from({ length: count }, () => startThread<Job<Name>, Result<Name>>(module, name));
  return {
    run: (job: Job<Name>) => threads.reduce((least, thread) => (thread.pending.size < least.pending.size ? thread : least)).run(job),
    close: async () => {
      await Promise.all(threads.map(thread => thread.end()));
    },
  };
}

function builtWorker(): URL | undefined {
  const beside = new URL('./worker.js', import.meta.url);
  return existsSync(beside) ? beside : undefined;
}

function startThread<In, Out>(module: URL, name: JobName) {
  const worker = new Worker(module, { workerData: name });
  const pending = new Map<number, { resolve: (result: Out) => void; reject: (error: unknown) => void }>();
  let started = 0;
  let dead: Error | undefined;
  let ending = false;
  const die = (what: string, cause?: Error) => {
    dead ??= new Error(`${jobs[name].thread} ${what}`, { cause });
    for (const { reject } of pending.values()) reject(dead);
    pending.clear();
  };
  worker.unref(); // only a job keeps the process alive
  worker.on('error', (error: Error) => die(`failed: ${error.message}`, error));
  worker.on('exit', code => die(`ended (exit code ${code})`));
  worker.on('message', (answer: { id: number } & ({ result: Out } | { error: unknown })) => {
    const { resolve, reject } = pending.get(answer.id)!;
    pending.delete(answer.id);
    // A last result may come while the end is waited for: the process must live until then.
    if (pending.size === 0 && !ending) worker.unref();
    if ('result' in answer) resolve(answer.result);
    else reject(answer.error);
  });
  return {
    pending,
    run: (job: In) =>
      new Promise<Out>((resolve, reject) => {
        if (dead) return reject(dead);
        pending.set(++started, { resolve, reject });
        worker.ref();
        worker.postMessage({ id: started, job });
      }),
    end: () => {
      ending = true;
      return worker.terminate();
    },
  };
}
