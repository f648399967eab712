import type { Communicator } from './communicator.js';

/**
 * Tells all ranks what each of them has.
 *
 * @param value anything that JSON can hold.
 * @returns the values of all ranks, in their order, at every rank.
 */
export async function exchange<T>(job: Communicator, value: T): Promise<T[]> {
  if (job.worldSize === 1) return [value];
  const parts = await job.gather(new TextEncoder().encode(JSON.stringify(value)));
  const all = parts && new TextEncoder().encode(`[${parts.map(part => new TextDecoder().decode(part)).join(',')}]`);
  const length = Float64Array.of(all?.length ?? 0);
  await job.broadcast(length);
  const text = all ?? new Uint8Array(length[0]!);
  await job.broadcast(text);
  return JSON.parse(new TextDecoder().decode(text)) as T[];
}

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
