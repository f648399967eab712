import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);

/** The Emscripten module inside TensorFlow.js' wasm backend, as far as it is used here. */
export interface WasmModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  cwrap(name: string, returns: 'number' | null, parameters: string[]): (...args: never[]) => number;
  /** Only in the threaded build. */
  readonly PThread?: {
    unusedWorkers: { terminate(): Promise<number> }[];
    terminateAllThreads(): void;
  };
  tfjs: {
    init(): void;
    initWithThreadsCount(threads: number): void;
    getThreadsCount(): number;
    registerTensor(id: number, size: number, address: number): void;
    disposeData(id: number): void;
    dispose(): void;
  };
}

type Factory = (settings: object) => Promise<WasmModule>;

/** Bytes at which the heap of a 32-bit wasm module ends. */
export const heapLimit = 2 ** 32;

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
  const worker = workerUrl(join(folder, 'tfjs-backend-wasm-threaded-simd.worker.js'));
  const module = await factory({
    locateFile: (file: string) => (file.endsWith('.worker.js') ? worker : join(folder, file)),
    mainScriptUrlOrBlob: main,
  });
  await dismissWorkers(module.PThread!);
  return module;
}

/** The worker's source comes as a string with raw newlines inside string literals: escape them, and let Node load it without a file. */
function workerUrl(path: string): URL {
  const { wasmWorkerContents } = require(path) as { wasmWorkerContents: string };
  const preamble = `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(path)}); const __filename = ${JSON.stringify(path)};`;
  return new URL(`data:text/javascript,${encodeURIComponent(preamble + wasmWorkerContents.replace(/\n/g, '\\n'))}`);
}

/** The module starts eight workers, although the kernels bring their own. */
async function dismissWorkers({ unusedWorkers }: NonNullable<WasmModule['PThread']>): Promise<void> {
  await Promise.all(unusedWorkers.splice(0).map(worker => worker.terminate()));
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

/** Where the heap ends `malloc` gives 0, and the stock backend would go on and write there. */
function refuseWhenFull(module: WasmModule): void {
  module._free(module._malloc(8)); // the module replaces its functions by others when they are first called
  const malloc = module._malloc;
  module._malloc = bytes => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0)
      throw new RangeError(
        `The wasm engine is out of memory: ${bytes} more bytes asked for, ${tf.memory().numBytes} in tensors, and its heap ends at 4 GiB. ` +
          'Use a smaller crop or batch, or the native engine (mcc engine install native).',
      );
    return address;
  };
}
