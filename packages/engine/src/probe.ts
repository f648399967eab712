import * as tf from '@tensorflow/tfjs-core';
import type { EngineReport } from './doctor.js';
import type { EngineError, EngineName, EngineOptions } from './engine.js';
import { startEngine } from './start.js';

/**
 * Starts an engine and lets it compute a gradient. Run as a program, with the engine's name and a TensorFlow folder as arguments, it writes
 * the report as its last line: an engine that crashes takes only this process along.
 */
export async function probe(engine: EngineName, options: EngineOptions = {}): Promise<EngineReport> {
  try {
    const { name, version, threads, memoryBytes } = await startEngine({ ...options, engine });
    const [x, w] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 2, 3, 4], [2, 2])];
    const found = await tf
      .grad(v => tf.sum(tf.square(tf.matMul(v as tf.Tensor2D, w))))(x)
      .data();
    if (Array.from(found).join() !== '54,122,118,266')
      return { name, works: false, version, why: `it computes wrongly: found ${found.join()}` };
    return { name, works: true, version, threads, memoryBytes };
  } catch (error) {
    const { message, why = message, fix } = error as EngineError;
    return { name: engine, works: false, why, fix };
  }
}

if (process.argv[1]?.endsWith('probe.js')) {
  const [engine, tensorflow] = process.argv.slice(2) as [EngineName, string | undefined];
  console.log(JSON.stringify(await probe(engine, { tensorflow })));
}
