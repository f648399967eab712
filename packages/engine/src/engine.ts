/** The engines that can be asked for, in the order in which `auto` tries them (webgpu is never chosen by `auto`). */
export const engineNames = ['cuda', 'native', 'webgpu', 'wasm', 'cpu'] as const;

export type EngineName = (typeof engineNames)[number];

/** A running TensorFlow.js engine. */
export interface Engine {
  /** Which engine this is. */
  readonly name: EngineName;
  /** Threads that one operation may use. */
  readonly threads: number;
  /** Bytes that tensors may take in all: the heap limit of wasm, the machine's memory for native and cpu, the device's memory for cuda. */
  readonly memoryBytes: number;
  /** For people, e.g. `TensorFlow 2.21.0` or `TensorFlow.js WASM 4.22.0 (SIMD, 2 threads)`. */
  readonly version: string;
  /** Whether `trace` works on this engine. */
  readonly canTrace: boolean;
  /** Bytes of all living tensors. */
  memoryInUse(): number;
}

/** What starting an engine tells of it; the rest follows from its name. */
export type EngineFacts = Pick<Engine, 'threads' | 'memoryBytes' | 'version'>;

export interface EngineOptions {
  /** Threads for one operation, at least 1. Default: the logical cores this process may use. */
  threads?: number;
  /** Folder of TensorFlow's library or of Python's `tensorflow`, for native and cuda. Default: `WSSS_TENSORFLOW`, then the usual places. */
  tensorflow?: string;
}

/** An engine cannot be started: why, and what to do about it. */
export class EngineError extends Error {
  override name = 'EngineError';

  /** @param why what is missing or wrong, a sentence without its full stop @param fix what helps, e.g. what to type */
  constructor(
    readonly why: string,
    readonly fix?: string,
  ) {
    super(fix ? `${why}. ${fix}` : why);
  }

  /** What several engines, or programs, have said is a line each. */
  get lines(): string[] {
    return this.message.split('\n');
  }
}
