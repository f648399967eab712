import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineOptions } from '../engine.js';
import { tensorBytes } from '../memory.js';
import { mendKernels } from './kernels.js';
import { heapLimit, loadModule, mostThreads } from './module.js';

/** Starts TensorFlow.js' WebAssembly engine with threads, mended so that it can train. */
export async function startWasm(options: EngineOptions = {}): Promise<Engine> {
  const threads = Math.min(options.threads ?? availableParallelism(), mostThreads);
  const { BackendWasm, setThreadsCount, getThreadsCount, version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  const module = await loadModule(threads).catch(error => {
    if (threads === 1) throw error;
    return loadModule(1); // a machine without shared memory or workers still has one thread
  });
  tf.removeBackend('wasm');
  mendKernels();
  setThreadsCount(threads);
  tf.registerBackend('wasm', () => new BackendWasm(module as never), 2);
  await tf.setBackend('wasm');
  for (const worker of module.PThread?.runningWorkers ?? []) worker.unref(); // they must not keep a finished program alive
  const used = module.PThread ? getThreadsCount() : 1;
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    name: 'wasm',
    threads: used,
    memoryBytes: heapLimit,
    version: `TensorFlow.js WASM ${version_wasm} (${simd ? 'SIMD, ' : ''}${used} ${used === 1 ? 'thread' : 'threads'})`,
    canTrace: false,
    memoryInUse: tensorBytes,
  };
}
