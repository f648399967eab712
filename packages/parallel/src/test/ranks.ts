import type { AllReduceOptions, Communicator, Numbers } from '../communicator.js';
import { SingleProcess } from '../single-process.js';

/** Communicators of several ranks in one process, for tests of what is built on them: each call waits until all ranks have come to it. */
export function ranksInOneProcess(worldSize: number): Communicator[] {
  const calls: { arrays: Numbers[]; done: ((arrays: Numbers[]) => void)[] }[] = [];
  const made = Array.from({ length: worldSize }, () => 0);
  const meet = (rank: number, array: Numbers, combine: (arrays: Numbers[]) => void): Promise<Numbers[]> =>
    new Promise(done => {
      const call = (calls[made[rank]!++] ??= { arrays: [], done: [] });
      call.arrays[rank] = array;
      call.done.push(done);
      if (call.done.length < worldSize) return;
      combine(call.arrays);
      for (const done of call.done) done(call.arrays);
    });
  class Rank extends SingleProcess {
    override readonly worldSize = worldSize;
    override readonly localSize = worldSize;
    constructor(override readonly rank: number) {
      super();
    }
    override async allReduce(array: Float32Array | Float64Array, { operation = 'sum' }: AllReduceOptions = {}): Promise<void> {
      await meet(this.rank, array, arrays => {
        const reduced = arrays[0]!.map((_, i) => {
          const values = arrays.map(values => values[i]!);
          return operation === 'max' ? Math.max(...values) : values.reduce((a, b) => a + b) / (operation === 'mean' ? worldSize : 1);
        });
        for (const values of arrays) values.set(reduced);
      });
    }
    override async broadcast(array: Numbers, root = 0): Promise<void> {
      await meet(this.rank, array, arrays => {
        for (const values of arrays) values.set(arrays[root]!);
      });
    }
    override async gather<T extends Numbers>(array: T, root = 0): Promise<T[] | undefined> {
      const gathered = await meet(this.rank, array, () => {});
      return this.rank === root ? (gathered.map(values => values.slice()) as T[]) : undefined;
    }
  }
  return Array.from({ length: worldSize }, (_, rank) => new Rank(rank));
}
