/**
 * Memory that the program's thread and the thread that calls MPI share: a bell for new commands, and the times by which each can see that
 * the other is stuck. Times are milliseconds of a clock that both read alike.
 */
export class ControlBlock {
  private readonly bell: Int32Array;
  private readonly times: BigInt64Array;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(64)) {
    this.bell = new Int32Array(memory, 0, 2);
    this.times = new BigInt64Array(memory, 8, 3);
  }

  /** Wakes the thread that calls MPI. */
  ring(): void {
    Atomics.add(this.bell, 0, 1);
    Atomics.notify(this.bell, 0);
  }

  get rings(): number {
    return Atomics.load(this.bell, 0);
  }

  /** Sleeps until the bell has rung since `rings` was read, or for a time. */
  sleep(rings: number, milliseconds: number): void {
    Atomics.wait(this.bell, 0, rings, milliseconds);
  }

  /** Sleeps for a time that may be less than a millisecond. */
  nap(milliseconds: number): void {
    Atomics.wait(this.bell, 1, 0, milliseconds);
  }

  /** When the program must have shown a sign of life; 0: no limit. */
  get deadline(): number {
    return Number(Atomics.load(this.times, 0));
  }
  set deadline(time: number) {
    Atomics.store(this.times, 0, BigInt(Math.round(time)));
  }

  /** Since when the other thread has been inside a call of MPI that waits for other ranks; 0: it is in none. */
  get inside(): number {
    return Number(Atomics.load(this.times, 1));
  }
  set inside(time: number) {
    Atomics.store(this.times, 1, BigInt(Math.round(time)));
  }
}

/** Milliseconds of the machine's monotonic clock, alike in all threads. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
