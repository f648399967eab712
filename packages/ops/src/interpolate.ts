import * as tf from '@tensorflow/tfjs-core';
import { requireRank } from './require-rank.js';

export interface InterpolateOptions {
  mode: 'nearest' | 'bilinear' | 'bicubic';
  /** Whether the centers of the corner pixels, rather than their outer corners, stay in place. Default false. */
  alignCorners?: boolean;
  /** Bicubic only: average over all that a smaller map's pixel covers, with a = −0.5 (PyTorch's `antialias`). Default false. */
  antialias?: boolean;
  /**
   * Bicubic only: places are computed as if the result were this much larger than it is, in pixels (PyTorch's `scale_factor` of
   * (size + excess) / input size). Default 0.
   */
  excess?: number;
}

/**
 * Resizes maps by PyTorch's rules (`F.interpolate`), which TensorFlow.js's image operations do not follow: half-pixel centers unless
 * `alignCorners`, no antialiasing unless asked for, edges clamped, bicubic with a = −0.75, nearest = ⌊i · in/out⌋.
 *
 * Bilinear values come from the engine's own kernel, which follows these rules too; other modes, and the adjoint of all for the gradient,
 * are one matrix product per axis.
 *
 * @param x float32 [B, h, w, C]
 * @param size Height and width of the result, in pixels.
 * @returns float32 [B, H, W, C]
 * @throws Error when a size is not a positive integer.
 *
 * @example
 * interpolate(cam, [448, 448], { mode: 'bilinear' });
 */
export function interpolate(x: tf.Tensor, size: readonly [number, number], options: InterpolateOptions): tf.Tensor4D {
  requireRank(x, 4, 'interpolate: x');
  const [, inHeight, inWidth] = x.shape;
  const { mode, alignCorners = false } = options;
  if (!size.every(n => Number.isInteger(n) && n > 0)) throw new Error(`interpolate: size must be two positive integers, got [${size}]`);
  const resize = tf.customGrad((given, _save) => {
    const input = given as tf.Tensor4D;
    return {
      value:
        mode === 'bilinear'
          ? tf.image.resizeBilinear(input, [...size], alignCorners, !alignCorners)
          : alongAxes(input, size, options, false),
      gradFunc: (dy: tf.Tensor) => alongAxes(dy as tf.Tensor4D, [inHeight, inWidth], options, true),
    };
  });
  return resize(x) as tf.Tensor4D;
}

/** Resizes from `from` to `to` by a matrix for each axis, or, transposed, does the adjoint of resizing from `to` to the size of x. */
function alongAxes(x: tf.Tensor4D, to: readonly [number, number], options: InterpolateOptions, transposed: boolean): tf.Tensor4D {
  const [batch, inHeight, inWidth, channels] = x.shape;
  const [height, width] = to;
  const apply = (y: tf.Tensor, from: number, to: number) => {
    if (from === to) return y;
    const [inSize, outSize] = transposed ? [to, from] : [from, to];
    const weights = tf.tensor3d(interpolationWeights(inSize, outSize, options), [1, outSize, inSize]);
    return tf.matMul(weights, y, transposed); // one matrix for the whole batch
  };
  return tf.tidy(() => {
    const rows = apply(tf.reshape(x, [batch, inHeight, inWidth * channels]), inHeight, height);
    const columns = apply(tf.reshape(rows, [batch * height, inWidth, channels]), inWidth, width);
    return tf.reshape(columns, [batch, height, width, channels]) as tf.Tensor4D;
  });
}

/** The matrix [outSize, inSize], row-major, whose rows hold the weights with which input samples make up each output sample. */
export function interpolationWeights(inSize: number, outSize: number, options: InterpolateOptions): Float32Array {
  const { mode, alignCorners = false, antialias = false, excess = 0 } = options;
  if (antialias) return antialiasedWeights(inSize, outSize);
  const weights = new Float32Array(outSize * inSize);
  const add = (out: number, from: number, weight: number) => {
    weights[out * inSize + Math.min(Math.max(from, 0), inSize - 1)]! += weight;
  };
  for (let i = 0; i < outSize; i++) {
    if (mode === 'nearest') {
      add(i, Math.floor(Math.fround(i * Math.fround(inSize / outSize))), 1);
      continue;
    }
    const scale = alignCorners ? (outSize > 1 ? (inSize - 1) / (outSize - 1) : 0) : inSize / (outSize + excess);
    const position = alignCorners ? i * scale : (i + 0.5) * scale - 0.5;
    if (mode === 'bilinear') {
      const source = Math.max(position, 0);
      const left = Math.floor(source);
      add(i, left, 1 - (source - left));
      add(i, left + 1, source - left);
    } else {
      const left = Math.floor(position);
      for (let tap = -1; tap <= 2; tap++) add(i, left + tap, cubic(position - left - tap, -0.75));
    }
  }
  return weights;
}

/** The same for bicubic interpolation with antialiasing: the kernel is as wide as what a pixel of a smaller result covers. */
function antialiasedWeights(inSize: number, outSize: number): Float32Array {
  const weights = new Float32Array(outSize * inSize);
  const scale = inSize / outSize;
  const width = Math.max(1, scale);
  for (let i = 0; i < outSize; i++) {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - 2 * width + 0.5));
    const end = Math.min(inSize, Math.trunc(center + 2 * width + 0.5));
    const taps = Array.from({ length: end - first }, (_, tap) => cubic((first + tap + 0.5 - center) / width, -0.5));
    const total = taps.reduce((sum, tap) => sum + tap, 0);
    weights.set(
      taps.map(tap => tap / total),
      i * inSize + first,
    );
  }
  return weights;
}

/** Keys's cubic convolution kernel. */
function cubic(distance: number, a: number): number {
  const t = Math.abs(distance);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}
