import type { Communicator, Numbers } from './communicator.js';

/** A job of one process: every call has its result at once. */
export class SingleProcess implements Communicator {
  readonly rank = 0;
  readonly size = 1;
  readonly localRank = 0;
  readonly localSize = 1;
  readonly library = 'one process';
  readonly communicationSeconds = 0;

  async broadcast(): Promise<void> {}
  async allReduce(): Promise<void> {}
  async gather<T extends Numbers>(array: T): Promise<T[]> {
    return [array.slice() as T];
  }
  async barrier(): Promise<void> {}
  alive(): void {}
  async abort(message: string): Promise<never> {
    process.stderr.write(`${message}\n`);
    process.exit(1);
  }
  async close(): Promise<void> {}
}
