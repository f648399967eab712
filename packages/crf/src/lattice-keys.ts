/** How the d integers that name a lattice point are packed into 64-bit words, so that a step along an axis is an addition. */
interface KeyLayout {
  /** What the features are multiplied with: spreads them so that blurring by one step has standard deviation 1. */
  scale: Float32Array;
  words: number;
  wordOf: Int32Array;
  shifts: Int32Array;
  origin: BigUint64Array;
  /** [d + 1, words] */
  steps: BigUint64Array;
}

/** @throws RangeError where a feature is not finite, or so large that float32 cannot tell neighboring lattice points apart. */
export function keyLayout(features: Float32Array, dimensions: number, withOrigin: boolean): KeyLayout {
  const d = dimensions;
  const deviation = Math.fround(Math.sqrt(2 / 3) * (d + 1));
  const scale = Float32Array.from({ length: d }, (_, i) => (1 / Math.sqrt((i + 1) * (i + 2))) * deviation);
  const { lowest, highest } = featureRange(features, d, withOrigin);

  // Elevated coordinate i = Σ_{j > i} s_j f_j - i s_i f_i (j counted from 1): its range from those of the features.
  let bottom = 0;
  let top = 0;
  const ranges: { low: number; high: number }[] = new Array(d);
  for (let i = d; i >= 0; i--) {
    const own = i === 0 ? [0, 0] : [lowest[i - 1]! * scale[i - 1]!, highest[i - 1]! * scale[i - 1]!];
    // The last coordinate is minus the sum of the others and is left out.
    if (i < d) ranges[i] = { low: bottom - i * own[1]!, high: top - i * own[0]! };
    bottom += own[0]!;
    top += own[1]!;
  }

  const wordOf = new Int32Array(d);
  const shifts = new Int32Array(d);
  const bias: bigint[] = [];
  let word = 0;
  let used = 0;
  ranges.forEach(({ low, high }, i) => {
    // Rounding to the simplex and one step more: at most 3 (d + 1) off.
    const margin = 3 * (d + 1) + 2;
    const span = high - low + 2 * margin;
    if (!(span < 2 ** 23))
      throw new RangeError(`Features spread over ${Math.round(span)} lattice steps, more than float32 can tell apart: use a larger σ.`);
    const bits = Math.ceil(Math.log2(span + 1)) + 1;
    if (used + bits > 63) {
      word++;
      used = 0;
    }
    wordOf[i] = word;
    shifts[i] = used;
    bias.push(BigInt(Math.ceil(margin - low)));
    used += bits;
  });

  const words = word + 1;
  const pack = (coordinate: (i: number) => bigint) => {
    const packed = new BigUint64Array(words);
    for (let i = 0; i < d; i++) packed[wordOf[i]!] = BigInt.asUintN(64, packed[wordOf[i]!]! + (coordinate(i) << BigInt(shifts[i]!)));
    return packed;
  };
  const steps = new BigUint64Array((d + 1) * words);
  for (let axis = 0; axis <= d; axis++)
    steps.set(
      pack(i => (i === axis ? BigInt(-d) : 1n)),
      axis * words,
    );
  return { scale, words, wordOf, shifts, origin: pack(i => bias[i]!), steps };
}

function featureRange(features: Float32Array, d: number, withOrigin: boolean): { lowest: Float64Array; highest: Float64Array } {
  const lowest = new Float64Array(d).fill(withOrigin ? 0 : Number.POSITIVE_INFINITY);
  const highest = new Float64Array(d).fill(withOrigin ? 0 : Number.NEGATIVE_INFINITY);
  for (let n = 0; n < features.length; n += d) {
    for (let i = 0; i < d; i++) {
      const value = features[n + i]!;
      if (!Number.isFinite(value)) throw new RangeError(`Feature ${i} of point ${n / d} is ${value}, expected a finite number.`);
      if (value < lowest[i]!) lowest[i] = value;
      if (value > highest[i]!) highest[i] = value;
    }
  }
  return { lowest, highest };
}
