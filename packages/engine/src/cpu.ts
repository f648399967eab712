import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from './engine.js';
import { machineMemory, tensorBytes } from './memory.js';

/** Starts TensorFlow.js' plain JavaScript engine: slow, but there is nothing it needs. */
export async function startCpu(): Promise<Engine> {
  await tf.setBackend('cpu');
  return {
    name: 'cpu',
    threads: 1,
    memoryBytes: machineMemory(),
    version: `TensorFlow.js ${tf.version_core} (JavaScript)`,
    canTrace: false,
    memoryInUse: tensorBytes,
  };
}
