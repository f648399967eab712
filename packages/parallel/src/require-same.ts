import type { Communicator } from './communicator.js';
import { exchange } from './exchange.js';

/** @throws Error at all ranks if they do not all have the same. @param mine by name; plain values. */
export async function requireSame(job: Communicator, mine: Readonly<Record<string, unknown>>): Promise<void> {
  const [first, ...others] = (await exchange(job, mine)) as Record<string, unknown>[];
  for (const [i, other] of others.entries())
    for (const name of Object.keys(mine)) {
      const [a, b] = [JSON.stringify(first![name]), JSON.stringify(other[name])];
      if (a !== b)
        throw new Error(
          `the ranks do not do the same: ${name} is ${a} at rank 0, ${b} at rank ${i + 1}; all machines must see the same files`,
        );
    }
}
