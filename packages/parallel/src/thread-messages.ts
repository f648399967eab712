import type { Launch } from './launcher.js';
import type { ElementType, Operation } from './mpi-library.js';

/** What the thread that calls MPI is started with. */
export interface ThreadData {
  control: SharedArrayBuffer;
  launch: Launch;
  /** Milliseconds without a sign of life of another rank after which the job is stopped. */
  silenceLimit: number;
}

/** What it is told to do. Addresses are of arrays that the program keeps alive until the reply. */
export type Command = {
  id: number;
  /** A number for kind and lengths, which all ranks must have alike. */
  signature: number;
} & (
  | { kind: 'barrier' | 'close' }
  | { kind: 'abort'; message: string }
  | { kind: 'broadcast'; address: bigint; bytes: number; root: number }
  | { kind: 'gather'; address: bigint; bytes: number; root: number }
  | {
      kind: 'allReduce';
      address: bigint;
      length: number;
      type: 'float32' | 'float64';
      operation: Operation;
      wire: 'full' | 'float16';
      /** Values reduced in one call. */
      bucket: number;
      /** Factor on the result. */
      scale: number;
    }
);

/** A command without its number, which the program's end adds. */
export type Order = Command extends infer C ? (C extends Command ? Omit<C, 'id'> : never) : never;

/** What the processes of a job know about themselves. */
export interface Place {
  rank: number;
  size: number;
  localRank: number;
  localSize: number;
  /** Name and version of the MPI library. */
  library: string;
}

export type Reply = { place: Place } | { fatal: string } | { id: number; received?: Uint8Array; error?: string };

export const elementBytes: Record<ElementType, number> = { float32: 4, float64: 8, byte: 1 };
