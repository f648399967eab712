import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, type LatticeEngine } from '@wsss/crf';
import { hostCall } from '@wsss/engine/graphs';
import { type BilateralFilter, denseEnergyAffinity } from '@wsss/losses';
import { unnormalizeImages } from '../network/normalize.js';
import type { StepInputs, StepSettings } from './step-inputs.js';

/** The lattice's bilateral filter. It takes finite values only: what is not comes out as NaN, and is noticed in the loss. */
export function latticeFilter(lattice: LatticeEngine): BilateralFilter {
  return request =>
    request.values.every(Number.isFinite) ? bilateralFilter(lattice, request) : new Float32Array(request.values.length).fill(Number.NaN);
}

/**
 * The affinity of the dense energy, on the processor: the lattice is no tensor code.
 *
 * @param probabilities float32 [B, h, w, K], at the size that the dense energy works at.
 * @param labels int32 [B, S, S], 255 = ignore.
 * @returns float32 like `probabilities`, no gradient.
 */
export function energyAffinity(
  probabilities: tf.Tensor4D,
  labels: tf.Tensor3D,
  { view1, boxes }: StepInputs,
  { denseEnergy, filter, normalization, variant }: StepSettings,
): tf.Tensor4D {
  const [batch, h, w, classes] = probabilities.shape;
  const [, height, width] = view1.shape;
  const gaussians = { sigmaRgb: denseEnergy.sigmaColor, sigmaXy: denseEnergy.sigmaPosition, phantomPoints: variant === 'paper' };
  const compute = (...[ofClasses, images, ofPixels, ofBoxes]: (Float32Array | Int32Array)[]) =>
    denseEnergyAffinity(
      {
        probabilities: ofClasses!,
        size: [h, w],
        classes,
        batch,
        images: images!,
        imageSize: [height, width],
        boxes: ofBoxes,
        labels: ofPixels,
      },
      filter,
      gaussians,
    );
  return tf.tidy(
    () => hostCall(compute, [probabilities, unnormalizeImages(view1, normalization), labels, boxes], probabilities.shape) as tf.Tensor4D,
  );
}
