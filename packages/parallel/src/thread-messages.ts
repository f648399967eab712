import type { AllReduceOptions, Communicator } from './communicator.js';
import type { Launch } from './launcher.js';

/** What the thread that calls MPI is started with. */
export interface ThreadData {
  control: SharedArrayBuffer;
  launch: Launch;
  /** Milliseconds without a sign of life of another rank after which the job is stopped. */
  silenceLimit: number;
}

/** What it is told to do. Addresses are of arrays that the program keeps alive until the reply. */
export type Command =
  | { kind: 'barrier' | 'close' }
  | { kind: 'abort'; message: string }
  | { kind: 'broadcast' | 'gather'; address: bigint; bytes: number; root: number }
  | ({ kind: 'allReduce'; address: bigint; length: number; type: 'float32' | 'float64' } & Required<AllReduceOptions>);

/** A command with the number that its reply will have. */
export interface Order {
  id: number;
  command: Command;
}

/** What the processes of a job know about themselves. */
export type Place = Pick<Communicator, 'rank' | 'worldSize' | 'localRank' | 'localSize' | 'library'>;

export type Reply = { place: Place } | { fatal: string } | { id: number; received?: Uint8Array; error?: string };
