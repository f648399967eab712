export interface AllReduceOptions {
  /** `sum`, `mean` or `max` over the ranks. Default `sum`. */
  operation?: 'sum' | 'mean' | 'max';
  /**
   * What travels: `full` precision (default), or `float16`: half the bytes for float32 arrays, sum and mean only. Parts are scaled to the
   * range of half precision and added up in float32; the result has about 3 decimal digits of each part's largest value.
   */
  wire?: 'full' | 'float16';
}

/** Arrays that travel between processes. */
export type Numbers = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/**
 * The processes of a job, and what they tell each other. Every call but {@link alive} and {@link abort} is collective: all ranks make the
 * same calls, in the same order, with arrays of the same length. Calls may overlap: the next one can be made before the one before has
 * ended; an array must not be touched meanwhile.
 */
export interface Communicator {
  /** Number of this process, 0 … worldSize − 1. By custom rank 0 speaks and writes. */
  readonly rank: number;
  /** Number of processes. */
  readonly worldSize: number;
  /** Number of this process among those on the same machine. */
  readonly localRank: number;
  /** Number of processes on this machine. */
  readonly localSize: number;
  /** For people: `Open MPI v4.1.4`, or `one process`. */
  readonly library: string;
  /** Seconds during which at least one call was waiting or at work. */
  readonly communicationSeconds: number;
  /** Overwrites the array with that of rank `root` (default 0). */
  broadcast(array: Numbers, root?: number): Promise<void>;
  /** Overwrites the array, element by element, with the sum, mean or maximum over all ranks; all get the same bits. */
  allReduce(array: Float32Array | Float64Array, options?: AllReduceOptions): Promise<void>;
  /** The arrays of all ranks, in their order, at rank `root` (default 0); undefined at the others. Lengths may differ. */
  gather<T extends Numbers>(array: T, root?: number): Promise<T[] | undefined>;
  /** Waits until all ranks have come here. */
  barrier(): Promise<void>;
  /**
   * Shows that this rank is alive, as every collective call does; the watchdog stops a job in which a rank does not for much longer than
   * usual.
   *
   * @param seconds how long the next sign of life may take, where that is known to be longer than usual (a checkpoint, an evaluation).
   */
  alive(seconds?: number): void;
  /** Ends all processes of the job with exit code 1 and one line on standard error. */
  abort(message: string): Promise<never>;
  /** Leaves the job, when all ranks do. Nothing may be called afterwards. */
  close(): Promise<void>;
}
