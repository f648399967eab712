import { type CompiledLattice, compileLattice, type LatticeVariant } from './compiled-lattice.js';
import { Heap, MEMORY_LIMIT } from './heap.js';
import { platform, type WasmMemory } from './platform.js';
import { COMMAND_WORDS, TEAM_FUNCTIONS, type TeamFunction, type ThreadTask } from './team.js';
import { startWorker, type WorkerHandle } from './worker-start.js';

/** The functions of assembly/index.ts. Addresses and counts are i32. */
export interface LatticeExports {
  embed(build: number, features: number, order: number, from: number, count: number, vertices: number, weights: number): number;
  rehash(build: number): void;
  link(build: number, axis: number, next: number, previous: number): number;
  writeChains(points: number, next: number, previous: number, chains: number): number;
  writeIncidence(
    points: number,
    count: number,
    vertexCount: number,
    vertices: number,
    weights: number,
    starts: number,
    entries: number,
    alpha: number,
  ): void;
  scaleWeights(count: number, vertexCount: number, weights: number, entries: number, before: number, after: number): void;
  start(field: number, thread: number): void;
  iterate(field: number, steps: number, thread: number): void;
  pairwiseEnergy(field: number, thread: number): number;
  unaryEnergy(field: number): number;
  negativeEntropy(field: number): number;
  filter(
    team: number,
    lattice: number,
    input: number,
    output: number,
    pixels: number,
    row: number,
    transposed: number,
    thread: number,
  ): void;
  pad(source: number, target: number, count: number, channels: number, row: number, padding: number): void;
  unpad(source: number, target: number, count: number, channels: number, row: number): void;
  logarithms(values: number, count: number, clip: number): void;
}

export interface LatticeOptions {
  /** Threads that share the work on one image, this one included. Default 1. More than one needs shared memory: in a browser a cross-origin isolated page. */
  threads?: number;
  /** Which build to run. Default: SIMD where the engine has it. `scalar` is single-threaded. */
  variant?: 'simd' | 'scalar';
}

/**
 * The compiled lattice with its memory: what a {@link DenseCrf}, a {@link PermutohedralLattice} and {@link bilateralFilter} run on. Its memory
 * grows with the largest image so far, is reused from image to image, and goes with `dispose()`.
 */
export class LatticeEngine {
  readonly heap: Heap;
  readonly threads: number;
  /** Address of the struct that the threads meet at. */
  readonly team: number;
  private workers: WorkerHandle[] = [];
  private readonly command: number;
  private alive = true;

  private constructor(
    readonly exports: LatticeExports,
    memory: WasmMemory,
    readonly variant: LatticeVariant,
    threads: number,
  ) {
    this.heap = new Heap(memory);
    this.threads = threads;
    this.team = this.heap.struct([0, 0, threads, maySleep() ? 1 : 0]);
    this.command = this.heap.struct(new Array<number>(COMMAND_WORDS).fill(0));
  }

  /** Compiles (once in a process) and instantiates the lattice, and starts its other threads. */
  static async start({ threads = 1, variant: wanted }: LatticeOptions = {}): Promise<LatticeEngine> {
    if (!Number.isInteger(threads) || threads < 1 || threads > 64)
      throw new RangeError(`threads is ${threads}, expected a whole number from 1 to 64.`);
    if (threads > 1 && wanted === 'scalar') throw new RangeError(`threads is ${threads}, but the scalar build runs one thread.`);
    if (threads > 1 && typeof SharedArrayBuffer === 'undefined') {
      throw new Error(`threads is ${threads}, but this page has no SharedArrayBuffer: serve it cross-origin isolated or use one thread.`);
    }
    const compiled = await compileLattice(threads > 1 ? 'threads' : wanted);
    return LatticeEngine.instantiate(compiled, threads);
  }

  /** An engine of a compiled lattice, such as one that a worker was sent. */
  static async instantiate({ module, variant }: CompiledLattice, threads = 1): Promise<LatticeEngine> {
    const memory = new platform.WebAssembly.Memory({ initial: 1, maximum: MEMORY_LIMIT / 65536, shared: variant === 'threads' });
    const instance = await platform.WebAssembly.instantiate(module, { env: { memory, abort } });
    const engine = new LatticeEngine(instance.exports as unknown as LatticeExports, memory, variant, threads);
    for (let thread = 1; thread < threads; thread++) engine.workers.push(await startWorker(threadScript()));
    try {
      await Promise.all(engine.workers.map((worker, i) => listens(worker, { module, memory, thread: i + 1, command: engine.command })));
    } catch (error) {
      engine.dispose();
      throw error;
    }
    return engine;
  }

  /** Runs a function on every thread of the team, and returns what this one (number 0) got. */
  run(name: TeamFunction, ...parameters: number[]): number | undefined {
    if (!this.alive) throw new Error('The lattice engine is disposed.');
    if (this.workers.length > 0) {
      const command = this.heap.int32(this.command, COMMAND_WORDS);
      command.set([TEAM_FUNCTIONS.indexOf(name), parameters.length, ...parameters], 1);
      Atomics.add(command, 0, 1);
      Atomics.notify(command, 0);
    }
    const call = this.exports[name] as (...parameters: number[]) => number | undefined;
    return call(...parameters, 0);
  }

  /** Ends the threads. The memory is freed with the last reference to this object. */
  dispose(): void {
    this.alive = false;
    for (const worker of this.workers) void worker.terminate();
    this.workers = [];
  }
}

function abort(): never {
  throw new Error('The lattice stopped on an internal check.');
}

// A page's main thread must not block on Atomics.wait; it spins instead.
function maySleep(): boolean {
  return !('document' in globalThis);
}

const threadScript = () => new URL('../build/lattice-thread.js', import.meta.url);

/** Gives a thread its task and waits until it listens. From then on it does not keep the process alive. */
async function listens(worker: WorkerHandle, task: ThreadTask): Promise<void> {
  await new Promise<unknown>((resolve, reject) => {
    worker.listen(resolve, reject);
    worker.postMessage(task);
  });
  worker.unref();
}
