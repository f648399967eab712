import { BackendWasm, setThreadsCount, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { registerWasmKernels } from '@wsss/wasm-kernels';
import { borrowCpuKernels } from '../cpu-kernels.js';
import type { EngineFacts } from '../engine.js';
import type { LoadedModule } from './module.js';

/** Makes a module the running wasm backend, with the kernels and the threads of @wsss/wasm-kernels, so that it can train. */
export async function serveWasm({ module, limit }: LoadedModule, threads: number | undefined): Promise<EngineFacts> {
  tf.removeBackend('wasm');
  setThreadsCount(1); // threads of its own would spin beside those of the kernels
  tf.registerBackend('wasm', () => new BackendWasm(module as never), 2);
  await tf.setBackend('wasm');
  const { threads: used, fusedMultiplyAdd } = await registerWasmKernels({ threads });
  borrowCpuKernels('wasm');
  const how = `${fusedMultiplyAdd ? 'relaxed SIMD' : 'SIMD'}, ${used} ${used === 1 ? 'thread' : 'threads'}`;
  return { threads: used, memoryBytes: limit, version: `TensorFlow.js WASM ${version_wasm} (${how})` };
}
