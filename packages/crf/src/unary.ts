/** @throws RangeError on the first number of [height, width, labels] that is no probability. */
export function requireProbabilities(probabilities: Float32Array, labels: number, width: number): void {
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i]!;
    // Sums of float32 may end a little above 1.
    if (p >= 0 && p <= 1.001) continue;
    const pixel = Math.floor(i / labels);
    throw new RangeError(
      `probabilities of pixel (${pixel % width}, ${Math.floor(pixel / width)}), label ${i % labels}, is ${p}: ` +
        'expected numbers from 0 to 1, such as the output of a softmax.',
    );
  }
}

/** Unary energies of labels that are right with probability `confidence`; [height, width, count]. */
export function labelEnergies(
  labels: ArrayLike<number>,
  { count, width, height, confidence, unsure }: { count: number; width: number; height: number; confidence: number; unsure: number },
): Float32Array {
  const pixels = width * height;
  if (labels.length !== pixels) throw new RangeError(`labels has ${labels.length} numbers, expected [${height}, ${width}] = ${pixels}.`);
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence is ${confidence}, expected a number above 0 and below 1.`);
  const energies = new Float32Array(pixels * count).fill(-Math.log((1 - confidence) / (count - 1)));
  for (let n = 0; n < pixels; n++) {
    const label = labels[n]!;
    if (label === unsure) energies.fill(Math.log(count), n * count, (n + 1) * count);
    else if (label >= 0 && label < count && Number.isInteger(label)) energies[n * count + label] = -Math.log(confidence);
    else {
      throw new RangeError(
        `The label of pixel (${n % width}, ${Math.floor(n / width)}) is ${label}, ` +
          `expected 0 to ${count - 1}, or ${unsure} where it is not known.`,
      );
    }
  }
  return energies;
}
