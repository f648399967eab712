// Threads that share the work of a launch: each takes the next chunk until none is left. Which thread computes a chunk changes no value, so
// results do not depend on the number of threads.

/** The first of the words in shared memory that src/team-words.ts describes; waiting and waking is done there. */
@unmanaged
export class Team {
  /** The next chunk. */
  next: i32;
}

/** The next chunk that nobody has taken. */
@inline export function take(team: Team): i32 {
  const next = changetype<usize>(team) + offsetof<Team>('next');
  if (ASC_FEATURE_THREADS) return atomic.add<i32>(next, 1);
  const chunk = load<i32>(next);
  store<i32>(next, chunk + 1);
  return chunk;
}
