import loadModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.js';
import { packed } from '../../build/tfjs-wasm-simd.js';
import { type Factory, heapLimit, type LoadedModule, prepareModule } from '../wasm/module.js';
import { unpack } from './unpack.js';

/** Loads TensorFlow.js' wasm module for one thread. */
export async function loadSingle(): Promise<LoadedModule> {
  const module = await (loadModule as unknown as Factory)({ wasmBinary: await unpack(packed) });
  return { module: prepareModule(module, 'Use a smaller crop or batch.'), limit: heapLimit };
}
