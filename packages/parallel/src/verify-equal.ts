import type * as tf from '@tensorflow/tfjs-core';
import type { Communicator } from './communicator.js';

/** The ranks' parameters have drifted apart. */
export class DivergedError extends Error {
  override name = 'DivergedError';
}

/**
 * Verifies that all ranks hold the same bits.
 *
 * @param tensors by name, float32; the same names and shapes on all ranks.
 * @param when completes the sentence of the error: `after iteration 2000`.
 * @throws DivergedError at all ranks, naming the first tensor that differs.
 */
export async function verifyEqual(communicator: Communicator, tensors: ReadonlyMap<string, tf.Tensor>, when: string): Promise<void> {
  if (communicator.worldSize === 1) return;
  const names = [...tensors.keys()];
  const extremes = new Float64Array(2 * names.length);
  for (const [i, tensor] of [...tensors.values()].entries()) {
    const hash = fingerprint((await tensor.data()) as Float32Array);
    extremes[2 * i] = hash;
    extremes[2 * i + 1] = -hash;
  }
  await communicator.allReduce(extremes, { operation: 'max' });
  const different = names.filter((_, i) => extremes[2 * i] !== -extremes[2 * i + 1]!);
  if (different.length)
    throw new DivergedError(
      `${when} ${different.length} of ${names.length} parameters differ between the ranks, first ${different[0]}: ` +
        'the ranks no longer train the same model. Go on from the last checkpoint by --resume; ' +
        'if it happens again, a machine computes differently or has bad memory',
    );
}

/** 32 bits of the values' bits (FNV-1a over words). */
function fingerprint({ buffer, byteOffset, length }: Float32Array): number {
  const words = new Uint32Array(buffer, byteOffset, length);
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash >>> 0;
}
