import { Layout, maySleep, type Named, startTeam, type WorkerHandle } from '@wsss/wasm-runtime';
import { type CompiledLattice, compileLattice, type LatticeVariant } from './compiled-lattice.js';
import { Heap, MEMORY_LIMIT } from './heap.js';
import { COMMAND_WORDS, type LatticeExports, type ThreadTask } from './team.js';

export interface LatticeOptions {
  /**
   * Threads that share the work on one image, this one included. Default 1. More than one needs shared memory: in a browser a cross-origin
   * isolated page.
   */
  threads?: number;
  /** Which build to run. Default: SIMD where the engine has it. `scalar` is single-threaded. */
  variant?: 'simd' | 'scalar';
}

/**
 * The compiled lattice with its memory: what a {@link DenseCrf}, a {@link PermutohedralLattice} and {@link bilateralFilter} run on. Its
 * memory grows with the largest image so far, is reused from image to image, and goes with `dispose()`.
 */
export class LatticeEngine {
  readonly variant: LatticeVariant;
  /** @internal */
  readonly heap: Heap;
  /** Address of the struct that the threads meet at. @internal */
  readonly team: number;
  private readonly layout: Layout;
  private readonly command: number;
  private workers: WorkerHandle[] = [];
  private alive = true;

  private constructor(
    private readonly exports: LatticeExports,
    memory: WebAssembly.Memory,
    { module, variant }: CompiledLattice,
    readonly threads: number,
  ) {
    this.layout = new Layout(module);
    this.heap = new Heap(memory);
    this.variant = variant;
    this.team = this.struct('Team', { arrived: 0, passed: 0, threads, maySleep: maySleep ? 1 : 0 });
    this.command = this.heap.words(new Array<number>(COMMAND_WORDS).fill(0));
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

  /** An engine of a compiled lattice, such as one that a worker was sent. @internal */
  static async instantiate(compiled: CompiledLattice, threads = 1): Promise<LatticeEngine> {
    const { module, variant } = compiled;
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MEMORY_LIMIT / 65536, shared: variant === 'threads' });
    const instance = await WebAssembly.instantiate(module, { env: { memory } });
    const engine = new LatticeEngine(instance.exports as LatticeExports, memory, compiled, threads);
    const task = { module, memory, command: engine.command };
    if (threads > 1) {
      const { script } = await import('../build/lattice-thread.js');
      const name = 'A thread of @wsss/crf';
      engine.workers = await startTeam({ name, script }, threads - 1, i => ({ ...task, thread: i + 1 }) satisfies ThreadTask);
    }
    return engine;
  }

  /** Calls a function of assembly/index.ts on this thread. @internal */
  call(name: string, args: Named): number {
    return this.exports[name]!(...this.layout.argumentsOf(name, args));
  }

  /** Runs a function on every thread of the team, each with its own `thread`, and returns what this one (number 0) got. @internal */
  run(name: string, args: Named): number {
    if (!this.alive) throw new Error('The lattice engine is disposed.');
    const parameters = this.layout.argumentsOf(name, { ...args, thread: 0 });
    if (this.workers.length > 0) {
      const command = this.heap.view(Int32Array, this.command, COMMAND_WORDS);
      command.set([this.layout.functions.indexOf(name), parameters.length, ...parameters], 1);
      Atomics.add(command, 0, 1);
      Atomics.notify(command, 0);
    }
    return this.exports[name]!(...parameters);
  }

  /** Address of a new struct of assembly/. @internal */
  struct(name: string, fields: Named): number {
    return this.heap.words(this.layout.wordsOf(name, fields));
  }

  /** Overwrites fields of a struct. @internal */
  write(name: string, address: number, fields: Named): void {
    for (const [field, value] of Object.entries(fields))
      this.heap.view(Uint32Array, address + 4 * this.layout.place(name, field), 1)[0] = value;
  }

  /** A field of a struct. @internal */
  read(name: string, address: number, field: string): number {
    return this.heap.view(Uint32Array, address + 4 * this.layout.place(name, field), 1)[0]!;
  }

  /** Ends the threads. The memory is freed with the last reference to this object. */
  dispose(): void {
    this.alive = false;
    for (const worker of this.workers) void worker.terminate();
    this.workers = [];
  }
}
