import loadModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js';
import { packed } from '../../build/tfjs-wasm-threaded-simd.js';
import { type Factory, IdleWorker, type LoadedModule, prepareModule, sharedMemory } from '../wasm/module.js';
import { unpack } from './unpack.js';

/**
 * Loads TensorFlow.js' wasm module on memory that threads can share. Its own loader would start eight workers on a script that minifiers
 * break; the kernels of @wsss/wasm-kernels bring their own.
 */
export async function loadThreaded(): Promise<LoadedModule> {
  const { wasmMemory, limit } = sharedMemory();
  const wasmBinary = await unpack(packed);
  const { Worker } = globalThis;
  Object.assign(globalThis, { Worker: IdleWorker });
  let loading: ReturnType<Factory>;
  try {
    loading = (loadModule as unknown as Factory)({ wasmBinary, wasmMemory }); // makes its workers before it first waits
  } finally {
    Object.assign(globalThis, { Worker });
  }
  return { module: prepareModule(await loading, 'Use a smaller crop or batch.'), limit };
}
