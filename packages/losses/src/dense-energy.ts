import * as tf from '@tensorflow/tfjs-core';
import { interpolate, requireRank } from '@wsss/ops';
import { type BilateralFilter, type DenseEnergyInput, type DenseEnergySettings, denseEnergyAffinity } from './dense-energy-affinity.js';

/**
 * The probabilities that the dense-energy loss looks at: softmax of the logits, then bilinear resizing (half-pixel centers) to
 * ⌊scale·H⌋ × ⌊scale·W⌋.
 *
 * @param logits float32 [B, H, W, K]
 * @param scale Above 0, at most 1. Default ½, the mean of 2 × 2 pixels.
 * @returns float32 [B, h, w, K], through which gradients flow to the logits.
 */
export function scaledProbabilities(logits: tf.Tensor, scale = 0.5): tf.Tensor4D {
  requireRank(logits, 4, 'scaledProbabilities: logits');
  if (!(scale > 0 && scale <= 1)) throw new RangeError(`scaledProbabilities: scale is ${scale}, expected a number above 0, at most 1.`);
  const [, H, W] = logits.shape;
  const [h, w] = [Math.floor(H * scale), Math.floor(W * scale)];
  if (h < 1 || w < 1) throw new RangeError(`scaledProbabilities: logits of ${H}×${W} pixels times ${scale} leave no pixel.`);
  return tf.tidy(() => {
    const probabilities = tf.softmax(logits);
    return H === 2 * h && W === 2 * w ? halved(probabilities) : interpolate(probabilities, [h, w], { mode: 'bilinear' });
  });
}

/** Bilinear resizing to half the size, by pooling: many times faster than {@link interpolate}. */
function halved(x: tf.Tensor4D): tf.Tensor4D {
  const pool = tf.customGrad((x, _save) => {
    const [, H, W] = (x as tf.Tensor4D).shape;
    return {
      value: tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
      gradFunc: (dy: tf.Tensor) => tf.tidy(() => tf.mul(tf.image.resizeNearestNeighbor(dy as tf.Tensor4D, [H, W]), 0.25)),
    };
  });
  return pool(x) as tf.Tensor4D;
}

/**
 * Dense-energy loss (Tang et al. 2018, "On Regularized Losses for Weakly-supervised CNN Segmentation"): rewards like labels of pixels that
 * are close in position and color, where the network is not sure. With the affinity of {@link denseEnergyAffinity},
 *
 * `loss = −weight · Σ p · affinity / B`,
 *
 * and, the affinity being linear in p, the gradient `−2 · weight · affinity / B`.
 *
 * The affinity comes as a tensor, so that a training step works on every engine: read the probabilities asynchronously, filter them on the
 * processor, and hand the result to the step that computes gradients.
 *
 * @param probabilities float32 [B, h, w, K], of {@link scaledProbabilities}.
 * @param affinity float32 [B, h, w, K]. No gradient flows to it.
 * @param weight Default 1e-7.
 * @returns a scalar, to be disposed of by the caller.
 * @throws RangeError if the shapes differ.
 *
 * @example
 * const current = scaledProbabilities(logits);                  // before the gradient step, from the same weights
 * const [batch, h, w, classes] = current.shape;
 * const input = { probabilities: await current.data(), batch, size: [h, w], classes, images, imageSize: [448, 448] } as const;
 * const values = denseEnergyAffinity(input, request => bilateralFilter(engine, request));
 * const affinity = tf.tensor4d(values, current.shape);
 * const loss = denseEnergyLoss(scaledProbabilities(logitsOfThisStep), affinity);
 */
export function denseEnergyLoss(probabilities: tf.Tensor, affinity: tf.Tensor, weight = 1e-7): tf.Scalar {
  if (probabilities.rank !== 4 || probabilities.shape.join() !== affinity.shape.join()) {
    throw new RangeError(
      `denseEnergyLoss: probabilities are [${probabilities.shape}] and affinity [${affinity.shape}], expected the same [B, h, w, K].`,
    );
  }
  const factor = -weight / probabilities.shape[0]!;
  const energy = tf.customGrad((p, save) => {
    (save as tf.GradSaveFunc)([affinity]);
    // First over the classes: long sums of float32 lose digits.
    const value: tf.Scalar = tf.tidy(() => tf.mul(tf.sum(tf.sum(tf.mul(p as tf.Tensor, affinity), -1)), factor));
    const gradFunc = (dy: tf.Scalar, [affinity]: tf.Tensor[]) => tf.tidy(() => tf.mul(affinity!, tf.mul(dy, 2 * factor)));
    return { value, gradFunc };
  });
  return energy(probabilities);
}

/**
 * The dense-energy loss of logits in one call. It reads the probabilities synchronously: not for WebGPU, nor inside a traced graph; there,
 * take its three parts {@link scaledProbabilities}, {@link denseEnergyAffinity} and {@link denseEnergyLoss}.
 *
 * @param logits float32 [B, H, W, K], at the size of the images.
 * @param input `images` [B, H, W, 3], 0..255; `boxes` [B, 4]; `labels` [B, H, W], 255 = not known.
 * @returns a scalar, to be disposed of by the caller.
 *
 * @example
 * const filter = request => bilateralFilter(engine, request);
 * const { value, grads } = tf.variableGrads(() => denseEnergy(network(x), { images, boxes, labels }, filter));
 */
export function denseEnergy(
  logits: tf.Tensor,
  input: Pick<DenseEnergyInput, 'images' | 'boxes' | 'labels'>,
  filter: BilateralFilter,
  { scale = 0.5, weight = 1e-7, ...settings }: DenseEnergySettings & { scale?: number; weight?: number } = {},
): tf.Scalar {
  requireRank(logits, 4, 'denseEnergy: logits');
  const [batch, H, W, classes] = logits.shape;
  return tf.tidy(() => {
    const probabilities = scaledProbabilities(logits, scale);
    const [, h, w] = probabilities.shape;
    const values = denseEnergyAffinity(
      { ...input, probabilities: probabilities.dataSync(), size: [h, w], imageSize: [H, W], classes, batch },
      filter,
      settings,
    );
    return denseEnergyLoss(probabilities, tf.tensor4d(values, probabilities.shape), weight);
  });
}
