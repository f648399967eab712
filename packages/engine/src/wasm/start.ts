import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { borrowCpuKernels } from '../cpu-kernels.js';
import type { EngineFacts, EngineOptions } from '../engine.js';
import { heapLimit, loadModule } from './module.js';

/** Starts TensorFlow.js' WebAssembly engine with the kernels and the threads of @wsss/wasm-kernels, so that it can train. */
export async function startWasm({ threads = availableParallelism() }: EngineOptions = {}): Promise<EngineFacts> {
  const { BackendWasm, setThreadsCount, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  const { hasRelaxedSimd, registerWasmKernels } = await import('@wsss/wasm-kernels');
  // Node 20 has the fused multiply-add behind this option, which only decides what the compiler accepts.
  if (!hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const module = await loadModule(threads > 1).catch(error => {
    if (threads === 1) throw error;
    return loadModule(false); // a machine without shared memory or workers still has one thread
  });
  tf.removeBackend('wasm');
  setThreadsCount(1); // threads of its own would spin beside those of the kernels
  tf.registerBackend('wasm', () => new BackendWasm(module as never), 2);
  await tf.setBackend('wasm');
  const { threads: used, fusedMultiplyAdd } = await registerWasmKernels({ threads });
  borrowCpuKernels('wasm');
  const how = `${fusedMultiplyAdd ? 'relaxed SIMD' : 'SIMD'}, ${used} ${used === 1 ? 'thread' : 'threads'}`;
  return { threads: used, memoryBytes: heapLimit, version: `TensorFlow.js WASM ${version_wasm} (${how})` };
}
