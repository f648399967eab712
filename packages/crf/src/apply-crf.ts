import { DenseCrf } from './dense-crf.js';
import type { Pixels } from './image-features.js';
import type { LatticeEngine } from './lattice-engine.js';
import type { BilateralOptions, GaussianOptions } from './pairwise-term.js';

/** One CRF for many images. */
export interface CrfSettings {
  /** The smoothness term; `null` leaves it out. Default σ_xy 3, weight 3. */
  gaussian?: GaussianOptions | null;
  /** The appearance term; `null` leaves it out. Default σ_xy 80, σ_rgb 13, weight 10. */
  bilateral?: BilateralOptions | null;
  /** Mean-field updates. Default 10. */
  iterations?: number;
  /** Lowest probability. Default 1e-5. */
  clip?: number;
  /** Default false. */
  phantomPoints?: boolean;
}

/**
 * What the evaluation of MCC and its relatives refines segmentations with: σ_xy 1 weight 1, σ_xy 121 σ_rgb 5 weight 4, phantom points
 * included.
 */
export const paperSettings: CrfSettings = {
  gaussian: { sigmaXy: 1, compatibility: 1 },
  bilateral: { sigmaXy: 121, sigmaRgb: 5, compatibility: 4 },
  iterations: 10,
  phantomPoints: true,
};

/** An image with the probabilities of its pixels. */
export interface CrfImage {
  width: number;
  height: number;
  /** [height, width, 3], 0..255 */
  image: Pixels;
  /** [height, width, labels], 0..1 */
  probabilities: Float32Array;
}

/** What a CRF makes of an image. */
export interface CrfResult {
  /** [height, width, labels] */
  probabilities: Float32Array<ArrayBuffer>;
  /** [height, width], the most probable label */
  labels: Int32Array<ArrayBuffer>;
}

/**
 * Refines the probabilities of one image by a dense CRF with a smoothness and an appearance term.
 *
 * @example
 * const engine = await LatticeEngine.start({ threads: 2 });
 * const { labels } = applyCrf(engine, { width, height, image, probabilities }, paperSettings);
 */
export function applyCrf(
  engine: LatticeEngine,
  { width, height, image, probabilities }: CrfImage,
  {
    gaussian = { sigmaXy: 3, compatibility: 3 },
    bilateral = { sigmaXy: 80, sigmaRgb: 13, compatibility: 10 },
    iterations = 10,
    clip,
    phantomPoints,
  }: CrfSettings = {},
): CrfResult {
  const labels = probabilities.length / (width * height);
  if (width * height > 0 && !Number.isInteger(labels)) {
    throw new RangeError(`probabilities has ${probabilities.length} numbers, expected [${height}, ${width}, labels].`);
  }
  const crf = new DenseCrf(engine, { width, height, labels, phantomPoints });
  try {
    if (bilateral) crf.addBilateral(image, bilateral);
    if (gaussian) crf.addGaussian(gaussian);
    crf.setProbabilities(probabilities, { clip });
    return { probabilities: crf.infer(iterations), labels: crf.labeling() };
  } finally {
    crf.dispose();
  }
}
