import type { WasmModule } from './backend.js';
import { compileKernels } from './compiled-kernels.js';
import { startHelper } from './start-helper.js';
import { close, KERNELS, type KernelName, open, type TeamExports, WORDS } from './team-words.js';

/** Bytes between the scratch of two threads are a multiple of this, so that they do not write to the same cache line. */
const LINE = 64;

/** A page's main thread must not sleep. */
const maySleep = !('document' in globalThis);

/** Threads that compute together on the heap of a wasm backend. */
export class Team {
  private words!: Int32Array;
  private readonly place: number;
  private ended = false;

  private constructor(
    private readonly module: WasmModule,
    private readonly memory: WebAssembly.Memory,
    private readonly exports: TeamExports,
    /** Whether sums of products are rounded once (relaxed SIMD). */
    readonly fused: boolean,
    private helpers: { terminate(): void }[],
  ) {
    this.place = module._malloc(4 * WORDS.all) >>> 0;
    this.refresh();
    this.words.fill(0);
  }

  /**
   * Starts a team on the heap of a wasm backend.
   *
   * @param threads at least 1. More than one needs shared memory, which only the threaded build of the backend has.
   * @throws Error if the memory of the module is not to be found, or the compiled kernels are not
   */
  static async start(module: WasmModule, threads: number): Promise<Team> {
    const memory = module.wasmMemory ?? module.asm?.memory;
    if (!memory)
      throw new Error('The memory of the wasm backend is not to be found: this package is made for @tensorflow/tfjs-backend-wasm 4.22.');
    const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
    const { module: compiled, fused } = await compileKernels(shared ? 'shared' : 'single');
    const instance = await WebAssembly.instantiate(compiled, { env: { memory, abort } });
    const team = new Team(module, memory, instance.exports as unknown as TeamExports, fused, []);
    const helpers = shared ? threads - 1 : 0;
    try {
      const starts = Array.from({ length: helpers }, (_, i) => startHelper({ module: compiled, memory, team: team.place, thread: i + 1 }));
      for (const start of await Promise.allSettled(starts)) {
        if (start.status === 'rejected') throw start.reason;
        team.helpers.push(start.value);
      }
    } catch (error) {
      team.end();
      throw error;
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
   * @param args words, in the order of the kernel's arguments: whole numbers, or {@link float}s
   * @param chunks into how many chunks the kernel cuts its work; a single one is computed right here
   * @param scratch bytes that each thread needs
   */
  run(kernel: KernelName, args: readonly number[], chunks: number, scratch = 0): void {
    if (this.ended) throw new Error('The threads of this wasm backend have been ended.');
    const threads = Math.min(this.threads, chunks);
    const size = Math.ceil(scratch / LINE) * LINE;
    const block = size > 0 ? this.module._malloc(this.threads * size) : 0;
    try {
      if (this.words.buffer !== this.memory.buffer) this.refresh();
      const { words, place, exports } = this;
      words.set(args, WORDS.arguments);
      words[WORDS.next] = 0;
      words[WORDS.kernel] = KERNELS.indexOf(kernel);
      words[WORDS.scratch] = block;
      words[WORDS.scratchSize] = size;
      if (threads > 1) open(words);
      exports[kernel](place + 4 * WORDS.arguments, place, block);
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

  /** Writes whole numbers into the heap. */
  write(address: number, numbers: ArrayLike<number>): void {
    new Int32Array(this.memory.buffer, address, numbers.length).set(numbers);
  }

  /** Ends the helpers. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const helper of this.helpers) helper.terminate();
    this.helpers = [];
  }

  /** The memory has grown: views of what it was are void. */
  private refresh(): void {
    this.words = new Int32Array(this.memory.buffer, this.place, WORDS.all);
  }
}

const conversion = new DataView(new ArrayBuffer(4));

/** The bits of a float32 number, as a word of arguments. */
export function float(value: number): number {
  conversion.setFloat32(0, value);
  return conversion.getInt32(0);
}

function abort(): never {
  throw new Error('A wasm kernel stopped on an internal check.');
}
