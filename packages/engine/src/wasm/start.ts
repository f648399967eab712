import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { EngineFacts, EngineOptions } from '../engine.js';
import { loadModule } from './load-in-node.js';

/** Starts TensorFlow.js' WebAssembly engine in Node. */
export async function startWasm({ threads = availableParallelism() }: EngineOptions = {}): Promise<EngineFacts> {
  const { serveWasm } = await import('./serve.js');
  const { hasRelaxedSimd } = await import('@wsss/wasm-kernels');
  // Node 20 has the fused multiply-add behind this option, which only decides what the compiler accepts.
  if (!hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const module = await loadModule(threads > 1).catch(error => {
    if (threads === 1) throw error;
    return loadModule(false); // a machine without shared memory or workers still has one thread
  });
  return serveWasm(module, threads);
}
