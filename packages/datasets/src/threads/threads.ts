import { existsSync } from 'node:fs';
import { parentPort, Worker } from 'node:worker_threads';

type Question<Job> = { id: number; job: Job };
type Answer<Result> = { id: number; result: Result } | { id: number; error: unknown };

/** Does jobs, in this thread or in threads of their own; the results are the same. */
export interface Threads<Job, Result> {
  /** Rejects with what the job throws. */
  run(job: Job): Promise<Result>;
  /** Ends the threads; what they have not finished is rejected. */
  close(): Promise<void>;
}

/**
 * Starts threads for jobs, each of which goes to the thread that has least to do.
 *
 * @param workers number of threads; with 0 jobs are done in this thread
 * @param module the threads' code, which calls {@link serveJobs}; without it (this package's TypeScript source has none) jobs are done in this thread
 * @param work does a job in this thread
 * @param name what errors call a thread
 */
export function startThreads<Job, Result>(
  workers: number,
  module: URL | undefined,
  work: (job: Job) => Result | Promise<Result>,
  name: string,
): Threads<Job, Result> {
  if (workers === 0 || module === undefined) return { run: async job => work(job), close: async () => {} };
  const threads = Array.from({ length: workers }, () => startThread<Job, Result>(module, name));
  let jobs = 0;
  return {
    run: job => threads.reduce((least, thread) => (thread.pending.size < least.pending.size ? thread : least)).run({ id: jobs++, job }),
    close: async () => {
      await Promise.all(threads.map(thread => thread.end()));
    },
  };
}

/** A built module beside the built index; undefined when this package runs from its TypeScript source, where there is none. */
export function builtModule(name: string): URL | undefined {
  const beside = new URL(name, import.meta.url);
  return existsSync(beside) ? beside : undefined;
}

/**
 * The other side of {@link startThreads}: does the jobs that come to this thread.
 *
 * @param memoryOf buffers of a result that are handed over without a copy
 */
export function serveJobs<Job, Result>(
  work: (job: Job) => Result | Promise<Result>,
  memoryOf: (result: Result) => ArrayBuffer[] = () => [],
): void {
  parentPort!.on('message', async ({ id, job }: Question<Job>) => {
    let result: Result;
    try {
      result = await work(job);
    } catch (error) {
      parentPort!.postMessage({ id, error } satisfies Answer<Result>);
      return;
    }
    parentPort!.postMessage({ id, result } satisfies Answer<Result>, memoryOf(result));
  });
}

function startThread<Job, Result>(module: URL, name: string) {
  const worker = new Worker(module);
  const pending = new Map<number, { resolve: (result: Result) => void; reject: (error: unknown) => void }>();
  let dead: Error | undefined;
  let ending = false;
  const die = (error: Error) => {
    dead ??= error;
    for (const { reject } of pending.values()) reject(dead);
    pending.clear();
  };
  worker.unref(); // only a job keeps the process alive
  worker.on('error', error => die(new Error(`${name} failed: ${(error as Error).message}`, { cause: error })));
  worker.on('exit', code => die(new Error(`${name} ended (exit code ${code})`)));
  worker.on('message', (answer: Answer<Result>) => {
    const job = pending.get(answer.id)!;
    pending.delete(answer.id);
    // A last result may come while the end is waited for: the process must live until then.
    if (pending.size === 0 && !ending) worker.unref();
    if ('result' in answer) job.resolve(answer.result);
    else job.reject(answer.error);
  });
  return {
    pending,
    run: (question: Question<Job>) =>
      new Promise<Result>((resolve, reject) => {
        if (dead) return reject(dead);
        pending.set(question.id, { resolve, reject });
        worker.ref();
        worker.postMessage(question);
      }),
    end: () => {
      ending = true;
      return worker.terminate();
    },
  };
}
