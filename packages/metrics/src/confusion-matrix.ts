/** A confusion matrix as plain JSON: `counts` row by row (row = ground truth, column = prediction), `numClasses`² entries. */
export interface ConfusionMatrixJSON {
  numClasses: number;
  counts: number[];
}

/**
 * Counts how often a pixel of class `t` was predicted as class `p`, over any number of images.
 *
 * A pixel whose ground truth lies outside `0 .. numClasses − 1` (255 = ignore) is not counted, whatever was predicted there.
 *
 * @example
 * const matrix = new ConfusionMatrix(2);
 * matrix.add([0, 1, 1, 0], [0, 1, 0, 255]);
 * matrix.counts; // Float64Array [1, 1, 0, 1]: a right background pixel, a background pixel taken for the object, a right object pixel
 */
export class ConfusionMatrix {
  /** `numClasses`² counts; entry `truth · numClasses + prediction`. */
  readonly counts: Float64Array;

  /** @param numClasses K, background included. @throws RangeError if it is not a positive integer. */
  constructor(readonly numClasses: number) {
    if (!Number.isInteger(numClasses) || numClasses < 1) {
      throw new RangeError(`ConfusionMatrix: numClasses is ${numClasses}, expected a positive integer (background counts as a class).`);
    }
    this.counts = new Float64Array(numClasses * numClasses);
  }

  /**
   * Counts the pixels of one or several images.
   *
   * @param prediction predicted class of each pixel, integers in `0 .. K − 1`, any length.
   * @param truth class of each pixel, the same length and order; values outside `0 .. K − 1` are left out.
   * @param options.ignorePrediction pixels predicted as this value (usually 255, "no decision") are left out as well: the score of
   *   pseudo labels on the pixels they decide. Without it such a prediction is an error.
   * @returns this matrix.
   * @throws RangeError if the lengths differ, or a counted pixel has a prediction that is not a class; nothing is counted then.
   */
  add(prediction: ArrayLike<number>, truth: ArrayLike<number>, options: { ignorePrediction?: number } = {}): this {
    if (prediction.length !== truth.length) {
      throw new RangeError(
        `ConfusionMatrix.add: ${prediction.length} predictions for ${truth.length} ground-truth pixels; give one for each.`,
      );
    }
    const { numClasses } = this;
    const counts = this.counts.slice();
    for (let i = 0; i < truth.length; i++) {
      const t = truth[i]!;
      const p = prediction[i]!;
      if (!isClass(t, numClasses) || p === options.ignorePrediction) continue;
      if (!isClass(p, numClasses)) {
        throw new RangeError(
          `ConfusionMatrix.add: prediction at pixel ${i} is ${p}, expected an integer in 0..${numClasses - 1}` +
            ` (to leave undecided pixels out, pass { ignorePrediction: ${p} }).`,
        );
      }
      counts[t * numClasses + p]! += 1;
    }
    this.counts.set(counts);
    return this;
  }

  /** Adds the counts of another matrix, for example one from another process. @throws RangeError if the number of classes differs. */
  merge(other: ConfusionMatrix): this {
    if (other.numClasses !== this.numClasses) {
      throw new RangeError(`ConfusionMatrix.merge: the other matrix has ${other.numClasses} classes, this one ${this.numClasses}.`);
    }
    for (let i = 0; i < this.counts.length; i++) this.counts[i]! += other.counts[i]!;
    return this;
  }

  /** The matrix as a value that `JSON.stringify` can write. */
  toJSON(): ConfusionMatrixJSON {
    return { numClasses: this.numClasses, counts: Array.from(this.counts) };
  }

  /** Reads what {@link toJSON} wrote. @throws RangeError if `counts` is not `numClasses`² non-negative numbers. */
  static fromJSON({ numClasses, counts }: ConfusionMatrixJSON): ConfusionMatrix {
    const matrix = new ConfusionMatrix(numClasses);
    if (
      !Array.isArray(counts) ||
      counts.length !== numClasses * numClasses ||
      !counts.every(count => Number.isFinite(count) && count >= 0)
    ) {
      throw new RangeError(
        `ConfusionMatrix.fromJSON: counts must be ${numClasses * numClasses} non-negative numbers for ${numClasses} classes, ` +
          `found ${Array.isArray(counts) ? `${counts.length} entries` : typeof counts}.`,
      );
    }
    matrix.counts.set(counts);
    return matrix;
  }
}

function isClass(value: number, numClasses: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < numClasses;
}
