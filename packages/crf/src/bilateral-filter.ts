import { type BilateralScale, type Pixels, pixelFeatures, requireFinite, requireSize, tileOrder } from './image-features.js';
import type { LatticeEngine } from './lattice-engine.js';
import { PermutohedralLattice } from './permutohedral-lattice.js';

export interface BilateralFilterRequest extends BilateralScale {
  /** Guides of the filter, [batch, height, width, colors], on the scale of `sigmaRgb`. */
  images: Pixels;
  /** What is filtered, [batch, height, width, channels]. */
  values: Float32Array;
  /** Default 1. */
  batch?: number;
  height: number;
  width: number;
  channels: number;
  /** See {@link DenseCrfShape}. Default false. */
  phantomPoints?: boolean;
}

/**
 * Filters each image's values with its own colors and positions, y_i = Σ_j exp(-|p_i - p_j|² / 2σ_xy² - |I_i - I_j|² / 2σ_rgb²) x_j, the
 * sum over all pixels j and not divided by anything: the filter of the dense-energy loss.
 *
 * @returns [batch, height, width, channels]
 * @throws RangeError on wrong lengths, a σ that is not above 0, and values or colors that are not finite.
 *
 * @example
 * const engine = await LatticeEngine.start();
 * const filtered = bilateralFilter(engine, { images, values, height: 224, width: 224, channels: 21, sigmaXy: 50, sigmaRgb: 15 });
 */
export function bilateralFilter(
  engine: LatticeEngine,
  { images, values, batch = 1, height, width, channels, sigmaXy, sigmaRgb, phantomPoints }: BilateralFilterRequest,
): Float32Array<ArrayBuffer> {
  requireSize(width, height);
  const pixels = width * height;
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch is ${batch}, expected a whole number from 1.`);
  if (!Number.isInteger(channels) || channels < 1) throw new RangeError(`channels is ${channels}, expected a whole number from 1.`);
  if (values.length !== batch * pixels * channels) {
    throw new RangeError(
      `values has ${values.length} numbers, expected [${batch}, ${height}, ${width}, ${channels}] = ${batch * pixels * channels}.`,
    );
  }
  if (images.length === 0 || images.length % (batch * pixels) !== 0) {
    throw new RangeError(`images has ${images.length} numbers, expected [${batch}, ${height}, ${width}, colors].`);
  }
  requireFinite('values', values);
  const result = new Float32Array(values.length);
  const order = tileOrder(width, height);
  const perImage = images.length / batch;
  const perValues = pixels * channels;
  for (let b = 0; b < batch; b++) {
    const image = images.subarray(b * perImage, (b + 1) * perImage);
    const lattice = new PermutohedralLattice(engine, { ...pixelFeatures(width, height, sigmaXy, image, sigmaRgb), order, phantomPoints });
    try {
      result.set(lattice.filter(values.subarray(b * perValues, (b + 1) * perValues), channels), b * perValues);
    } finally {
      lattice.dispose();
    }
  }
  return result;
}
