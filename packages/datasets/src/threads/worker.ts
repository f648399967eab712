import { parentPort, workerData } from 'node:worker_threads';
import { type Job, type JobName, jobs } from './jobs.js';

// A thread of `startThreads`. Its data is the name of its job; jobs come in, and results or what is thrown go out with the same number.
const { work, buffers } = jobs[workerData as JobName] as { work(job: Job<JobName>): unknown; buffers(result: unknown): ArrayBuffer[] };
parentPort!.on('message', async ({ id, job }: { id: number; job: Job<JobName> }) => {
  try {
    const result = await work(job);
    parentPort!.postMessage({ id, result }, buffers(result));
  } catch (error) {
    parentPort!.postMessage({ id, error });
  }
});
