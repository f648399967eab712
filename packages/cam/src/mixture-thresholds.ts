/** A Gaussian of a mixture. */
export interface Gaussian {
  /** Share of the values that are its. */
  weight: number;
  mean: number;
  deviation: number;
}

/** Deviations below this are none: a peak on one value would draw all weight. */
const LEAST_DEVIATION = 0.01;
const ROUNDS = 50;

/**
 * Fits two Gaussians to values in [0, 1], by expectation maximization from the means of the values below and above their middle.
 *
 * @param counts How often each value occurs. Default: once.
 * @returns that with the lower mean first; undefined where there are fewer than two different values.
 */
export function fitTwoGaussians(values: ArrayLike<number>, counts?: ArrayLike<number>): [Gaussian, Gaussian] | undefined {
  const all = Float64Array.from(Array.from(values).filter((_, i) => !counts || counts[i]! > 0));
  const times = counts ? Float64Array.from(Array.from(counts).filter(count => count > 0)) : all.map(() => 1);
  if (!all.some(value => value !== all[0])) return undefined;
  const middle = (all.reduce((a, b) => Math.min(a, b)) + all.reduce((a, b) => Math.max(a, b))) / 2;
  const ofUpper = all.map(value => (value > middle ? 1 : 0));
  let fitted = ofShares(all, times, ofUpper);
  for (let round = 0; round < ROUNDS; round++) {
    const shares = all.map(value => upperShare(fitted, value));
    fitted = ofShares(all, times, shares);
  }
  const [first, second] = fitted;
  return first.mean <= second.mean ? fitted : [second, first];
}

/**
 * The thresholds at which CAM values change from background to class: two Gaussians are fitted to the values, and between their means the
 * share of the upper one grows from 0 to 1. Values where it is at most 1 − `certainty` are background, at least `certainty` the class
 * (after Yang et al., "Weakly Supervised Co-training with Swapping Assignments for Semantic Segmentation" (CoSA), ECCV 2024, section 3.3).
 *
 * @param values CAM values of the strongest class of patches or pixels, in [0, 1].
 * @param options.certainty In [0.5, 1); at 0.5 both thresholds are the one value where the Gaussians cross. Default 0.75.
 * @param options.counts How often each value occurs. Default: once.
 * @returns undefined where the values tell no two groups apart: fewer than two different ones, or no crossing between the means.
 */
export function mixtureThresholds(
  values: ArrayLike<number>,
  { certainty = 0.75, counts }: { certainty?: number; counts?: ArrayLike<number> } = {},
): { low: number; high: number } | undefined {
  const fitted = fitTwoGaussians(values, counts);
  if (!fitted) return undefined;
  const low = crossing(fitted, 1 - certainty);
  const high = crossing(fitted, certainty);
  return low === undefined || high === undefined ? undefined : { low, high };
}

/** Where the share of the upper Gaussian passes `share` between the two means. */
function crossing(fitted: [Gaussian, Gaussian], share: number): number | undefined {
  let [below, above] = [fitted[0].mean, fitted[1].mean];
  if (upperShare(fitted, below) > share || upperShare(fitted, above) < share) return undefined;
  while (above - below > 1e-6) {
    const half = (below + above) / 2;
    if (upperShare(fitted, half) < share) below = half;
    else above = half;
  }
  return (below + above) / 2;
}

function upperShare([lower, upper]: [Gaussian, Gaussian], value: number): number {
  const [ofLower, ofUpper] = [density(lower, value), density(upper, value)];
  if (ofLower + ofUpper > 0) return ofUpper / (ofLower + ofUpper);
  return Math.abs(value - upper.mean) < Math.abs(value - lower.mean) ? 1 : 0; // far from both
}

function density({ weight, mean, deviation }: Gaussian, value: number): number {
  return (weight / deviation) * Math.exp(-((value - mean) ** 2) / (2 * deviation ** 2));
}

/** The Gaussians of values that occur so many times and belong to the upper one by these shares. */
function ofShares(values: Float64Array, times: Float64Array, shares: Float64Array): [Gaussian, Gaussian] {
  const everything = times.reduce((a, b) => a + b);
  const gaussian = (share: (i: number) => number): Gaussian => {
    let [total, sum, squares] = [0, 0, 0];
    for (const [i, value] of values.entries()) {
      total += times[i]! * share(i);
      sum += times[i]! * share(i) * value;
    }
    const mean = total > 0 ? sum / total : 0;
    for (const [i, value] of values.entries()) squares += times[i]! * share(i) * (value - mean) ** 2;
    return { weight: total / everything, mean, deviation: Math.max(LEAST_DEVIATION, Math.sqrt(total > 0 ? squares / total : 0)) };
  };
  return [gaussian(i => 1 - shares[i]!), gaussian(i => shares[i]!)];
}
