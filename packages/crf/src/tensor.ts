import * as tf from '@tensorflow/tfjs-core';
import { applyCrf, type CrfSettings } from './apply-crf.js';
import type { LatticeEngine } from './lattice-engine.js';

/**
 * {@link applyCrf} from and to tensors, on any TensorFlow.js engine. The entry `@wsss/crf/tensor`: the only one that needs TensorFlow.js.
 *
 * @param image [height, width, 3], 0..255.
 * @param probabilities float32 [height, width, labels].
 * @returns float32 [height, width, labels]; the caller disposes of it.
 */
export async function applyCrfToTensor(
  engine: LatticeEngine,
  image: tf.Tensor,
  probabilities: tf.Tensor,
  settings: CrfSettings = {},
): Promise<tf.Tensor3D> {
  const [height, width, labels] = probabilities.shape as [number, number, number];
  if (probabilities.rank !== 3) throw new RangeError(`probabilities are [${probabilities.shape}], expected [height, width, labels].`);
  if (image.rank !== 3 || image.shape[0] !== height || image.shape[1] !== width) {
    throw new RangeError(`image is [${image.shape}] and probabilities [${probabilities.shape}], expected the same height and width.`);
  }
  const [pixels, values] = await Promise.all([image.data(), probabilities.data()]);
  const crfImage = { width, height, image: new Float32Array(pixels), probabilities: new Float32Array(values) };
  return tf.tensor3d(applyCrf(engine, crfImage, settings).probabilities, [height, width, labels]);
}
