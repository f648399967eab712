import { createRandom } from '../random';

/** Which record is the sample at a position of training: every epoch (`length` positions) is a random order of all records, each epoch another. */
export function sampleOrder(length: number, seed: number): (position: number) => number {
  // Batches are made ahead across an epoch's border, so two epochs are in use at a time.
  const orders = new Map<number, Uint32Array>();
  return position => {
    const epoch = Math.floor(position / length);
    let order = orders.get(epoch);
    if (!order) {
      if (orders.size > 1) orders.delete(Math.min(...orders.keys()));
      orders.set(epoch, (order = createRandom(seed, 'epoch', epoch).permutation(length)));
    }
    return order[position % length]!;
  };
}

/**
 * The records that training will read between two positions, ascending, each once: what is worth checking before it begins.
 *
 * @param from first position, `to` one after the last
 */
export function recordsBetween(length: number, seed: number, from: number, to: number): number[] {
  // Any 2 · length − 1 positions hold an epoch.
  if (to - from >= 2 * length - 1) return Array.from({ length }, (_, i) => i);
  const recordAt = sampleOrder(length, seed);
  const used = new Set<number>();
  for (let position = from; position < to; position++) used.add(recordAt(position));
  return [...used].sort((a, b) => a - b);
}
