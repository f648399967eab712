import { createRandom, type Random } from '../random';

/**
 * Which record is the sample at a position of training: every epoch (`length` positions) is a random order of all records, each epoch another.
 *
 * @param groups first record of each group, see {@link SegmentationDataset.groups}
 */
export function sampleOrder(length: number, seed: number, groups: readonly number[] = [0]): (position: number) => number {
  // Batches are made ahead across an epoch's border, so two epochs are in use at a time.
  const orders = new Map<number, Uint32Array>();
  return position => {
    const epoch = Math.floor(position / length);
    let order = orders.get(epoch);
    if (!order) {
      if (orders.size > 1) orders.delete(Math.min(...orders.keys()));
      orders.set(epoch, (order = epochOrder(createRandom(seed, 'epoch', epoch), length, groups)));
    }
    return order[position % length]!;
  };
}

function epochOrder(random: Random, length: number, groups: readonly number[]): Uint32Array {
  if (groups.length === 1) return random.permutation(length);
  const order = new Uint32Array(length);
  let at = 0;
  for (const group of random.permutation(groups.length)) {
    const first = groups[group]!;
    const inside = random.permutation((groups[group + 1] ?? length) - first);
    for (const record of inside) order[at++] = first + record;
  }
  return order;
}

/**
 * The records that training will read between two positions, ascending, each once: what is worth checking before it begins.
 *
 * @param from first position, `to` one after the last
 */
export function recordsBetween(length: number, seed: number, from: number, to: number, groups?: readonly number[]): number[] {
  // Any 2 · length − 1 positions hold an epoch.
  if (to - from >= 2 * length - 1) return Array.from({ length }, (_, i) => i);
  const recordAt = sampleOrder(length, seed, groups);
  const used = new Set<number>();
  for (let position = from; position < to; position++) used.add(recordAt(position));
  return [...used].sort((a, b) => a - b);
}
