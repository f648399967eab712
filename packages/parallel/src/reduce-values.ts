import type { Communicator } from './communicator.js';

/**
 * Means, sums or maxima of some numbers over all ranks, for example the losses of an iteration.
 *
 * @param values by name; all ranks give the same names in the same order.
 * @returns the same numbers on all ranks.
 */
export async function reduceValues<Name extends string>(
  communicator: Communicator,
  values: Readonly<Record<Name, number>>,
  operation: 'sum' | 'mean' | 'max' = 'mean',
): Promise<Record<Name, number>> {
  const numbers = Float64Array.from(Object.values<number>(values));
  await communicator.allReduce(numbers, { operation });
  return Object.fromEntries(Object.keys(values).map((name, i) => [name, numbers[i]!])) as Record<Name, number>;
}
