/**
 * What two pixels pay for their labels. A number w: μ(l, l') = -w where l = l' (Potts up to a constant). One number a label: -w_l where l =
 * l' = that label. `{ matrix }`: μ itself, [labels, labels] row by row (what pydensecrf calls a 2-D compatibility: high where labels
 * exclude each other); its symmetric part is used.
 */
export type Compatibility = number | ArrayLike<number> | { matrix: ArrayLike<number> };

/**
 * A compatibility as one of the kinds of assembly/mean-field.ts.
 *
 * @param row numbers of a padded row of labels.
 * @throws RangeError on numbers that are not finite, and on a wrong count of them.
 */
export function compatibilityTable(
  compatibility: Compatibility,
  labels: number,
  row: number,
): { kind: 0 | 1 | 2; weight: number; values?: Float32Array } {
  if (typeof compatibility === 'number') {
    if (!Number.isFinite(compatibility)) throw new RangeError(`compatibility is ${compatibility}, expected a finite number.`);
    return { kind: 0, weight: compatibility };
  }
  const given = 'matrix' in compatibility ? compatibility.matrix : compatibility;
  const expected = 'matrix' in compatibility ? labels * labels : labels;
  if (given.length !== expected)
    throw new RangeError(`compatibility has ${given.length} numbers, expected ${expected} for ${labels} labels.`);
  const numbers = Array.from(given);
  if (!numbers.every(Number.isFinite)) throw new RangeError('compatibility has numbers that are not finite.');
  if (!('matrix' in compatibility)) {
    const values = new Float32Array(row);
    values.set(numbers);
    return { kind: 1, weight: 1, values };
  }
  const values = new Float32Array(labels * row);
  for (let a = 0; a < labels; a++)
    for (let b = 0; b < labels; b++) values[a * row + b] = (numbers[a * labels + b]! + numbers[b * labels + a]!) / 2;
  return { kind: 2, weight: 1, values };
}
