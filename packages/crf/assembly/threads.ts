// Threads that run the same function on the same memory: each takes its share of a range and waits for the others at barriers.

/** Two i32 in shared memory: how many have arrived, and how many barriers have been passed. */
@unmanaged
export class Team {
  arrived: i32;
  passed: i32;
  threads: i32;
  /** 1 where this engine lets every thread sleep; a page's main thread may not. */
  maySleep: i32;
}

/** Start of the share of `thread` in [0, count): multiples of 16, so that threads do not write to the same cache line. */
@inline export function shareOf(count: i32, thread: i32, threads: i32): i32 {
  return thread == threads ? count : <i32>((<i64>count * <i64>thread) / <i64>threads) & ~15;
}

export function barrier(team: Team): void {
  if (!ASC_FEATURE_THREADS) return;
  if (team.threads == 1) return;
  const arrived = changetype<usize>(team);
  const passed = arrived + 4;
  const generation = atomic.load<i32>(passed);
  if (atomic.add<i32>(arrived, 1) == team.threads - 1) {
    atomic.store<i32>(arrived, 0);
    atomic.add<i32>(passed, 1);
    atomic.notify(passed, -1);
    return;
  }
  for (let spin = 0; spin < 20000; spin++) if (atomic.load<i32>(passed) != generation) return;
  while (atomic.load<i32>(passed) == generation) if (team.maySleep) atomic.wait<i32>(passed, generation, -1);
}
