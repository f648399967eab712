import type { TensorInfo } from '@tensorflow/tfjs-core';
import { Layout, maySleep, type Named, startTeam, type WorkerHandle } from '@wsss/wasm-runtime';
import { addressOf, type WasmBackend, type WasmModule } from './backend.js';
import { compileKernels } from './compiled-kernels.js';
import { close, open, type TeamExports, type TeamTask, WORDS } from './team-words.js';

/** Bytes between the scratch of two threads are a multiple of this, so that they do not write to the same cache line. */
const LINE = 64;

/** Threads that compute together on the heap of a wasm backend. */
export class Team {
  private readonly module: WasmModule;
  private readonly place: number;
  private readonly addressOf = (tensor: TensorInfo) => addressOf(this.backend, tensor);
  private words!: Int32Array;
  private helpers: WorkerHandle[] = [];
  private ended = false;

  private constructor(
    private readonly backend: WasmBackend,
    private readonly memory: WebAssembly.Memory,
    private readonly exports: TeamExports,
    private readonly layout: Layout,
    /** Whether sums of products are rounded once (relaxed SIMD). */
    readonly fused: boolean,
  ) {
    this.module = backend.wasm;
    this.place = this.module._malloc(4 * WORDS.all) >>> 0;
    this.refresh();
    this.words.fill(0);
  }

  /**
   * Starts a team on the heap of a wasm backend.
   *
   * @param threads at least 1. More than one needs shared memory, which only the threaded build of the backend has.
   * @throws Error if the memory of the backend is not to be found, or the compiled kernels are not
   */
  static async start(backend: WasmBackend, threads: number): Promise<Team> {
    const memory = backend.wasm.wasmMemory ?? backend.wasm.asm?.memory;
    if (!memory)
      throw new Error('The memory of the wasm backend is not to be found: this package is made for @tensorflow/tfjs-backend-wasm 4.22.');
    const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
    const { module, fused } = await compileKernels(shared ? 'shared' : 'single');
    const instance = await WebAssembly.instantiate(module, { env: { memory } });
    const team = new Team(backend, memory, instance.exports as unknown as TeamExports, new Layout(module), fused);
    const task = { module, memory, team: team.place };
    if (shared && threads > 1) {
      const { script } = await import('../build/helper-thread.js');
      const name = 'A thread of @wsss/wasm-kernels';
      team.helpers = await startTeam({ name, script }, threads - 1, i => ({ ...task, thread: i + 1 }) satisfies TeamTask);
    }
    return team;
  }

  /** Threads that work, the calling one included. */
  get threads(): number {
    return this.helpers.length + 1;
  }

  /**
   * Runs a kernel and waits for it.
   *
   * @param args by their names in assembly/; a tensor stands for its address. (V8 joins objects fast by Object.assign, and slowly by more
   * than one spread.)
   * @param chunks into how many chunks the kernel cuts its work; a single one is computed right here
   * @param scratch bytes that each thread needs
   */
  run(kernel: string, args: Named<number | TensorInfo>, chunks: number, scratch = 0): void {
    if (this.ended) throw new Error('The threads of this wasm backend have been ended.');
    const argumentWords = this.layout.wordsOf(this.layout.structOf(kernel), args, this.addressOf);
    const threads = Math.min(this.threads, chunks);
    const size = Math.ceil(scratch / LINE) * LINE;
    const block = size > 0 ? this.module._malloc(this.threads * size) : 0;
    try {
      if (this.words.buffer !== this.memory.buffer) this.refresh();
      const { words, place, exports } = this;
      words.set(argumentWords, WORDS.arguments);
      words[WORDS.next] = 0;
      words[WORDS.kernel] = this.layout.functions.indexOf(kernel);
      words[WORDS.scratch] = block;
      words[WORDS.scratchSize] = size;
      if (threads > 1) open(words);
      exports[kernel]!(place + 4 * WORDS.arguments, place, block);
      if (threads > 1) close(words, maySleep);
    } finally {
      if (block) this.module._free(block);
    }
  }

  /** Calls a function with the address of a block of memory, and frees the block. */
  withBlock<T>(bytes: number, use: (address: number) => T): T {
    const block = this.module._malloc(Math.max(bytes, 8)) >>> 0;
    try {
      return use(block);
    } finally {
      this.module._free(block);
    }
  }

  /** Copies bytes within the heap. */
  copyWithin(from: number, to: number, bytes: number): void {
    this.module.HEAPU8.copyWithin(to >>> 0, from >>> 0, (from >>> 0) + bytes);
  }

  /** Writes whole numbers into the heap. */
  write(address: number, numbers: ArrayLike<number>): void {
    new Int32Array(this.memory.buffer, address, numbers.length).set(numbers);
  }

  /** Ends the helpers. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const helper of this.helpers) void helper.terminate();
    this.helpers = [];
  }

  /** The memory has grown: views of what it was are void. */
  private refresh(): void {
    this.words = new Int32Array(this.memory.buffer, this.place, WORDS.all);
  }
}
