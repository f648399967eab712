import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BackendWasmModule } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import * as tf from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);

/** The Emscripten module inside TensorFlow.js' wasm backend, as far as it is used here. */
export interface WasmModule extends Pick<BackendWasmModule, 'tfjs'> {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  cwrap(name: string, returns: 'number' | null, parameters: string[]): (...args: never[]) => number;
}

type Factory = (settings: object) => Promise<WasmModule>;

const PAGE = 2 ** 16;

/** Bytes at which the heap ends: a little below what 32 bits can address, so that only large requests can pass the end of all addresses. */
export const heapLimit = 2 ** 32 - 2 ** 26;

/**
 * Loads TensorFlow.js' wasm module.
 *
 * @param shared whether its memory can be shared with threads: the threaded build, which TensorFlow.js' own loader never uses in Node
 */
export async function loadModule(shared: boolean): Promise<WasmModule> {
  const folder = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
  const module = await withoutTraces(() => (shared ? threaded(folder) : single(folder)));
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  refuseWhenFull(module);
  return module;
}

async function single(folder: string): Promise<WasmModule> {
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const factory = require(join(folder, 'tfjs-backend-wasm.js')) as Factory;
  return factory({ locateFile: () => join(folder, simd ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm') });
}

async function threaded(folder: string): Promise<WasmModule> {
  const main = join(folder, 'tfjs-backend-wasm-threaded-simd.js');
  const factory = require(main) as Factory;
  const wasmMemory = new WebAssembly.Memory({ initial: 2 ** 24 / PAGE, maximum: heapLimit / PAGE, shared: true });
  return withoutWorkers(() => factory({ locateFile: (file: string) => join(folder, file), mainScriptUrlOrBlob: main, wasmMemory }));
}

/** The module would start eight workers and wait for them, and never use one: the kernels of @wsss/wasm-kernels bring their own. */
async function withoutWorkers<T>(load: () => Promise<T>): Promise<T> {
  const threads = require('node:worker_threads') as { Worker: unknown };
  const { Worker } = threads;
  threads.Worker = IdleWorker;
  try {
    return await load();
  } finally {
    threads.Worker = Worker;
  }
}

/** Says that it has loaded, and does nothing. */
class IdleWorker {
  onmessage?: (event: { data: { cmd: string } }) => void;
  postMessage(): void {
    queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }
  on(): void {}
  unref(): void {}
  terminate(): void {}
}

/** Emscripten leaves behind process listeners that swallow errors, and a global `Worker` that makes libraries believe in a browser. */
async function withoutTraces<T>(load: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map(event => new Set(process.listeners(event as 'uncaughtException')));
  const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  try {
    return await load();
  } finally {
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) if (!before[i]!.has(listener)) process.off(event, listener);
    });
    if (worker) Object.defineProperty(globalThis, 'Worker', worker);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}

/** Where the heap ends, `malloc` gives 0 or a block that passes the end of all addresses, and the stock backend would write there. */
function refuseWhenFull(module: WasmModule): void {
  const first = module._malloc(8);
  module._free(first); // the module replaces its functions by others when they are first called
  const malloc = module._malloc;
  const free = module._free;
  module._malloc = bytes => {
    const beyond = module.HEAPU8.length + bytes + 2 ** 17 - 2 ** 32;
    const overwritten = beyond > first ? module.HEAPU8.slice(first, beyond) : undefined;
    const address = malloc(bytes) >>> 0;
    const passesEnd = address + bytes > module.HEAPU8.length;
    if (passesEnd) {
      free(address); // malloc's own books are right modulo 2³², but it has written behind the block, which is at the beginning
      if (overwritten) module.HEAPU8.set(overwritten, first);
    }
    if (passesEnd || (address === 0 && bytes > 0))
      throw new RangeError(
        `The wasm engine is out of memory: ${bytes} more bytes asked for, ${tf.memory().numBytes} in tensors, ` +
          'and its heap ends at 4 GiB. Use a smaller crop or batch, or the native engine (npx wsss-engine install native).',
      );
    return address;
  };
}
