/** What the compiled module exports: kernels, each a function of its arguments' address, the team's and the thread's scratch. */
export type TeamExports = Record<string, (args: number, team: number, scratch: number) => void>;

/** Places of the words of a team, and where the arguments of a launch begin. */
export const WORDS = {
  /** The next chunk that nobody has taken (assembly/team.ts). */
  next: 0,
  /** 1 while helpers may join the launch. */
  open: 1,
  /** Helpers that have joined. */
  inside: 2,
  /** Counts launches; helpers wait for it to change. */
  launches: 3,
  /** Helpers that have to be woken. */
  sleeping: 4,
  /** Number of the kernel that is launched, in the module's list of functions, its scratch, and bytes of scratch for each thread. */
  kernel: 5,
  scratch: 6,
  scratchSize: 7,
  arguments: 16,
  all: 64,
} as const;

/** About 20 µs: the next launch usually comes within that time, and waking a thread takes longer. */
const SPINS = 2000;

/** Lets helpers join a launch. */
export function open(words: Int32Array): void {
  Atomics.store(words, WORDS.open, 1);
  Atomics.add(words, WORDS.launches, 1);
  if (Atomics.load(words, WORDS.sleeping) > 0) Atomics.notify(words, WORDS.launches);
}

/** Closes a launch and waits for the helpers that have joined; those who never woke up are not waited for. */
export function close(words: Int32Array, maySleep: boolean): void {
  Atomics.store(words, WORDS.open, 0);
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(words, WORDS.inside) === 0) return;
  for (let inside = Atomics.load(words, WORDS.inside); inside > 0; inside = Atomics.load(words, WORDS.inside))
    if (maySleep) Atomics.wait(words, WORDS.inside, inside);
}

/** A helper waits for a launch that it has not `seen`, and joins it. Returns the number of launches. */
export function join(words: Int32Array, seen: number): number {
  for (;;) {
    let launches = Atomics.load(words, WORDS.launches);
    for (let spin = 0; launches === seen && spin < SPINS; spin++) launches = Atomics.load(words, WORDS.launches);
    if (launches === seen) {
      Atomics.add(words, WORDS.sleeping, 1);
      Atomics.wait(words, WORDS.launches, seen);
      Atomics.sub(words, WORDS.sleeping, 1);
      continue;
    }
    seen = launches;
    Atomics.add(words, WORDS.inside, 1);
    // Either this helper finds the launch closed, or whoever closes it finds this helper inside and waits.
    if (Atomics.load(words, WORDS.open)) return seen;
    leave(words);
  }
}

/** A helper has found no chunk left. */
export function leave(words: Int32Array): void {
  if (Atomics.sub(words, WORDS.inside, 1) === 1 && Atomics.load(words, WORDS.open) === 0) Atomics.notify(words, WORDS.inside);
}

/** What a helper is told when it starts. */
export interface TeamTask {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Address of the team's words. */
  team: number;
  thread: number;
}
