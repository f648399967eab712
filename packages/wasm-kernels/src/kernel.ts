import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelArguments } from './backend.js';
import type { Team } from './team.js';

/** Values that one thread takes at a time. */
export const CHUNK = 16384;

/** A call of a kernel, with the threads that it runs on. */
export interface KernelCall extends KernelArguments {
  readonly team: Team;
  /** The kernel of TensorFlow.js, for what this one does not do: with the same inputs and attributes, or with others. */
  stock(others?: Partial<Pick<KernelArguments, 'inputs' | 'attrs'>>): TensorInfo;
}

/** A kernel made for a team of threads. */
export type TeamKernel = (call: KernelCall) => TensorInfo | TensorInfo[];
