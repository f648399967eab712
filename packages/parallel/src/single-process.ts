import type { AllReduceOptions, Communicator, Numbers } from './communicator.js';

/** A job of one process: every call has its result at once. */
export class SingleProcess implements Communicator {
  readonly rank: number = 0;
  readonly worldSize: number = 1;
  readonly localRank: number = 0;
  readonly localSize: number = 1;
  readonly library = 'one process';
  readonly communicationSeconds = 0;

  async broadcast(_array: Numbers, _root?: number): Promise<void> {}
  async allReduce(_array: Float32Array | Float64Array, _options?: AllReduceOptions): Promise<void> {}
  async gather<T extends Numbers>(array: T, _root?: number): Promise<T[] | undefined> {
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
