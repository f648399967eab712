/** The stages that every item of a stream goes through. */
interface Stages<Item, Read, Computed> {
  /** Reads and decodes what an item needs. Runs ahead of `compute`. */
  read(item: Item): Promise<Read>;
  /** Computes on the engine: one item after another, in order. */
  compute(read: Read, item: Item): Promise<Computed>;
  /** What is left and needs no engine: a CRF on other threads, scores, files. Several at a time, ended in any order. */
  finish(computed: Computed, item: Item): Promise<void>;
}

interface StreamOptions {
  /** Items read before their turn. */
  ahead: number;
  /** Items that may be finishing while the next one is computed; when there are that many, computing waits. */
  finishing: number;
  /** Once aborted, no further item is begun; those that are computed are finished. */
  signal?: AbortSignal;
}

/**
 * Sends items through three stages that run at the same time, with bounded queues between them: reading, the engine, and what comes
 * after it. Memory is that of `ahead` + 1 + `finishing` items, however long the stream is.
 *
 * @throws whatever a stage throws, after the items that were finishing have ended.
 *
 * @example
 * const stages = { read: i => dataset.image(i), compute: image => network(image), finish: labels => score(labels) };
 * await streamStages(indices, stages, { ahead: 2, finishing: 4 });
 */
export async function streamStages<Item, Read, Computed>(
  items: Iterable<Item>,
  stages: Stages<Item, Read, Computed>,
  { ahead, finishing, signal }: StreamOptions,
): Promise<void> {
  const source = items[Symbol.iterator]();
  const reading: { item: Item; read: Promise<Read> }[] = [];
  const readAhead = () => {
    while (reading.length <= ahead && !signal?.aborted) {
      const { value: item, done } = source.next();
      if (done) return;
      const read = stages.read(item);
      // Its error is thrown when its turn comes, which may be never.
      read.catch(() => {});
      reading.push({ item, read });
    }
  };
  const open = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  try {
    for (readAhead(); reading.length && !signal?.aborted && !failure; readAhead()) {
      const { item, read } = reading.shift()!;
      const computed = await stages.compute(await read, item);
      const end: Promise<void> = stages
        .finish(computed, item)
        .catch(error => void (failure ??= { error }))
        .finally(() => open.delete(end));
      open.add(end);
      while (open.size >= finishing) await Promise.race(open);
    }
  } finally {
    await Promise.all(open);
    await Promise.allSettled(reading.map(({ read }) => read));
  }
  if (failure) throw failure.error;
}
