import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type Factory, heapLimit, IdleWorker, type LoadedModule, prepareModule, sharedMemory, type WasmModule } from './module.js';

const require = createRequire(import.meta.url);

/**
 * Loads TensorFlow.js' wasm module in Node.
 *
 * @param shared whether its memory can be shared with threads: the threaded build, which TensorFlow.js' own loader never uses in Node
 */
export async function loadModule(shared: boolean): Promise<LoadedModule> {
  const folder = join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
  const { wasmMemory, limit } = shared ? sharedMemory() : { limit: heapLimit };
  const module = await withoutTraces(() => (wasmMemory ? threaded(folder, wasmMemory) : single(folder)));
  return { module: prepareModule(module, 'Use a smaller crop or batch, or the native engine (npx wsss-engine install native).'), limit };
}

async function single(folder: string): Promise<WasmModule> {
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const factory = require(join(folder, 'tfjs-backend-wasm.js')) as Factory;
  return factory({ locateFile: () => join(folder, simd ? 'tfjs-backend-wasm-simd.wasm' : 'tfjs-backend-wasm.wasm') });
}

async function threaded(folder: string, wasmMemory: WebAssembly.Memory): Promise<WasmModule> {
  const main = join(folder, 'tfjs-backend-wasm-threaded-simd.js');
  const factory = require(main) as Factory;
  return withoutWorkers(() => factory({ locateFile: (file: string) => join(folder, file), mainScriptUrlOrBlob: main, wasmMemory }));
}

/** The module would start eight workers and wait for them, and never use one: the kernels of @wsss/wasm-kernels bring their own. */
function withoutWorkers<T>(load: () => Promise<T>): Promise<T> {
  const threads = require('node:worker_threads') as { Worker: unknown };
  const { Worker } = threads;
  threads.Worker = IdleWorker;
  try {
    return load(); // makes its workers before it first waits
  } finally {
    threads.Worker = Worker;
  }
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
