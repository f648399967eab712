import type { ConfusionMatrix } from './confusion-matrix.js';

/** Segmentation scores, each a share in [0, 1]; NaN where there is nothing to divide by. */
export interface Scores {
  /** Share of counted pixels that are right. */
  pixelAccuracy: number;
  /** Mean over the classes of the ground truth of the share of their pixels that are right. */
  meanAccuracy: number;
  /** Intersection over union of each class; NaN for a class that is in neither the ground truth nor the prediction. */
  iou: number[];
  /** Mean IoU over the classes that occur in the ground truth: the number that is usually reported. */
  miou: number;
  /** Mean IoU over all classes; NaN as soon as one class is in neither. */
  miouAllClasses: number;
}

/**
 * Scores of a confusion matrix `M[t, p]`:
 * `IoU_c = M[c, c] / (Σ_p M[c, p] + Σ_t M[t, c] − M[c, c])`, pixel accuracy `Σ_c M[c, c] / Σ M`,
 * mean accuracy `mean_c M[c, c] / Σ_p M[c, p]`.
 *
 * A class that is predicted but never true has IoU 0 and does not enter `miou`.
 *
 * @example
 * const { miou, iou } = scores(new ConfusionMatrix(2).add([0, 1, 1, 0], [0, 1, 0, 0]));
 * // iou [2/3, 1/2], miou 7/12
 */
export function scores(matrix: ConfusionMatrix): Scores {
  const classes = perClass(matrix);
  const sum = (key: 'right' | 'inTruth') => classes.reduce((total, one) => total + one[key], 0);
  const occurring = classes.filter(one => one.inTruth > 0);
  return {
    pixelAccuracy: sum('right') / sum('inTruth'),
    meanAccuracy: mean(occurring.map(one => one.right / one.inTruth)),
    iou: classes.map(one => one.iou),
    miou: mean(occurring.map(one => one.iou)),
    miouAllClasses: mean(classes.map(one => one.iou)),
  };
}

/**
 * Mean IoU over those of the given classes that occur in the ground truth, for example over the foreground only.
 *
 * @param classIndices class numbers in `0 .. K − 1`.
 * @returns a share in [0, 1]; NaN if none of them occurs.
 * @throws RangeError if an index is not a class of the matrix.
 */
export function meanIou(matrix: ConfusionMatrix, classIndices: readonly number[]): number {
  const classes = perClass(matrix);
  const chosen = classIndices.map(index => {
    const one = classes[index];
    if (one === undefined) throw new RangeError(`meanIou: class index ${index} is not in 0..${matrix.numClasses - 1}.`);
    return one;
  });
  return mean(chosen.filter(one => one.inTruth > 0).map(one => one.iou));
}

function perClass({ numClasses, counts }: ConfusionMatrix) {
  return Array.from({ length: numClasses }, (_, c) => {
    const right = counts[c * numClasses + c]!;
    let inTruth = 0;
    let inPrediction = 0;
    for (let other = 0; other < numClasses; other++) {
      inTruth += counts[c * numClasses + other]!;
      inPrediction += counts[other * numClasses + c]!;
    }
    return { right, inTruth, iou: right / (inTruth + inPrediction - right) };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
