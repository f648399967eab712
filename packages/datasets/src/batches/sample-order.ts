import { createRandom, type Random } from '../random.js';

/** How the samples of training are dealt out: batch b of `batchSize` positions belongs to stream b mod `count`. */
export interface SampleStreams {
  count: number;
  batchSize: number;
}

/**
 * Which record is the sample at a position of training: every epoch (`length` positions) is another random order of all records.
 *
 * @param groups first record of each group, see {@link SegmentationDataset.groups}
 * @param streams what each stream takes of an epoch comes from groups of its own, but for those at its part's borders, one after another;
 *   default one stream
 */
export function sampleOrder(length: number, seed: number, groups: readonly number[] = [0], streams?: SampleStreams) {
  // Batches are made ahead across an epoch's border, so two epochs are in use at a time.
  const orders = new Map<number, Uint32Array>();
  return (position: number): number => {
    const epoch = Math.floor(position / length);
    let order = orders.get(epoch);
    if (!order) {
      if (orders.size > 1) orders.delete(Math.min(...orders.keys()));
      orders.set(epoch, (order = epochOrder(createRandom(seed, 'epoch', epoch), length, groups)));
      if (streams && groups.length > 1) orders.set(epoch, (order = dealOut(order, epoch * length, streams)));
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

/** Gives the k-th stream the k-th part of an epoch, at those of its positions, from `first` on, that are the stream's. */
function dealOut(order: Uint32Array, first: number, { count, batchSize }: SampleStreams): Uint32Array {
  const streamAt = (i: number) => Math.floor((first + i) / batchSize) % count;
  const next = new Uint32Array(count + 1);
  for (let i = 0; i < order.length; i++) next[streamAt(i) + 1]!++;
  for (let k = 1; k <= count; k++) next[k]! += next[k - 1]!;
  return order.map((_, i) => order[next[streamAt(i)]!++]!);
}

/** The records that training will read at positions `from` … `to` − 1, ascending, each once: what is worth checking before it begins. */
export function recordsBetween(
  length: number,
  seed: number,
  from: number,
  to: number,
  groups?: readonly number[],
  streams?: SampleStreams,
): number[] {
  // Any 2 · length − 1 positions hold an epoch.
  if (to - from >= 2 * length - 1) return Array.from({ length }, (_, i) => i);
  const recordAt = sampleOrder(length, seed, groups, streams);
  const used = new Set<number>();
  for (let position = from; position < to; position++) used.add(recordAt(position));
  return [...used].sort((a, b) => a - b);
}
