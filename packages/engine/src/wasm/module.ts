import type { BackendWasmModule } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import * as tf from '@tensorflow/tfjs-core';

/** The Emscripten module inside TensorFlow.js' wasm backend, as far as it is used here. */
export interface WasmModule extends Pick<BackendWasmModule, 'tfjs'> {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  cwrap(name: string, returns: 'number' | null, parameters: string[]): (...args: never[]) => number;
}

/** A loaded module, and the bytes at which its heap ends. */
export interface LoadedModule {
  module: WasmModule;
  limit: number;
}

/** Emscripten's loader of such a module. */
export type Factory = (settings: object) => Promise<WasmModule>;

const PAGE = 2 ** 16;

/** Bytes at which the heap ends: a little below what 32 bits can address, so that only large requests can pass the end of all addresses. */
export const heapLimit = 2 ** 32 - 2 ** 26;

/** Memory for the threaded build, and the bytes at which it ends: on a phone perhaps fewer than 32 bits can address. */
export function sharedMemory(): { wasmMemory: WebAssembly.Memory; limit: number } {
  for (let limit = heapLimit; ; limit /= 2) {
    try {
      return { wasmMemory: new WebAssembly.Memory({ initial: 2 ** 24 / PAGE, maximum: Math.floor(limit / PAGE), shared: true }), limit };
    } catch (error) {
      if (limit < 2 ** 29) throw error;
    }
  }
}

/** In the place of a worker: says that it has loaded, and does nothing. */
export class IdleWorker {
  onmessage?: (event: { data: { cmd: string } }) => void;
  postMessage(): void {
    queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }
  on(): void {}
  unref(): void {}
  terminate(): void {}
}

/**
 * Gives a module what the backend's own loader would give it.
 *
 * @param advice what to do where its heap is full, a sentence for the error
 */
export function prepareModule(module: WasmModule, advice: string): WasmModule {
  module.tfjs = {
    init: module.cwrap('init', null, []),
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    dispose: module.cwrap('dispose', null, []),
  };
  refuseWhenFull(module, advice);
  return module;
}

/** Where the heap ends, `malloc` gives 0 or a block that passes the end of all addresses, and the stock backend would write there. */
function refuseWhenFull(module: WasmModule, advice: string): void {
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
          `and its heap ends at 4 GiB. ${advice}`,
      );
    return address;
  };
}
