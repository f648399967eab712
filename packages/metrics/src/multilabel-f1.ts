/**
 * F1 of one image's predicted labels: `2·TP / (2·TP + FP + FN)` over its classes; 0 if nothing is both predicted and true
 * (also when there is neither).
 *
 * @param prediction 0 or 1 for each class.
 * @param truth 0 or 1 for each class, the same length.
 * @returns a share in [0, 1]; average it over the images of a data set.
 * @throws RangeError if the lengths differ or a value is neither 0 nor 1.
 *
 * @example
 * multilabelF1([1, 1, 0], [1, 0, 0]); // 2/3: one right, one too many
 */
export function multilabelF1(prediction: ArrayLike<number>, truth: ArrayLike<number>): number {
  if (prediction.length !== truth.length) {
    throw new RangeError(`multilabelF1: ${prediction.length} predicted labels for ${truth.length} true ones; give one for each class.`);
  }
  let both = 0;
  let predicted = 0;
  let actual = 0;
  for (let i = 0; i < truth.length; i++) {
    const p = binary(prediction[i]!, 'prediction', i);
    const t = binary(truth[i]!, 'truth', i);
    both += p * t;
    predicted += p;
    actual += t;
  }
  return both === 0 ? 0 : (2 * both) / (predicted + actual);
}

function binary(value: number, name: string, index: number): number {
  if (value !== 0 && value !== 1) {
    throw new RangeError(`multilabelF1: ${name}[${index}] is ${value}, expected 0 or 1 (apply the threshold to the scores first).`);
  }
  return value;
}
