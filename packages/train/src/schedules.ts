/** Factor on the learning rate at a step; steps count from 0, and past the last one the factor keeps its last value. */
export type Schedule = (step: number) => number;

export interface WarmupSettings {
  /** Steps of the whole run, T. */
  iterations: number;
  /** Steps of the warm-up, W < T. */
  warmupIterations: number;
  /** Where the warm-up starts. Default 1e-6. */
  warmupRatio?: number;
}

/**
 * Linear warm-up, then polynomial decay: `1 − (1 − t/W)·(1 − ratio)` while t < W, then `(1 − t/T)^power`.
 * The decay counts from the start of the run, so the factor jumps from almost 1 down to `(1 − W/T)^power` when the warm-up ends.
 *
 * @throws RangeError if a setting is out of its range.
 *
 * @example
 * const factor = polyWarmup({ iterations: 20_000, warmupIterations: 1_500 });
 * factor(0); // 1e-6
 * factor(10_000); // 0.536
 */
export function polyWarmup(settings: WarmupSettings & { /** Default 0.9. */ power?: number }): Schedule {
  const { iterations, warmupIterations, warmupRatio = 1e-6, power = 0.9 } = settings;
  check('polyWarmup', iterations, warmupIterations);
  return step => {
    const t = Math.min(step, iterations - 1);
    return t < warmupIterations ? 1 - (1 - t / warmupIterations) * (1 - warmupRatio) : (1 - t / iterations) ** power;
  };
}

/**
 * Linear warm-up, then half a cosine: `rate·t/W + ratio·(1 − t/W)` while t < W, then `rate·½·(1 + cos(π·(t − W)/(T − W)))`.
 * Here the ratio is a learning rate of its own, the same for every group; that is why this returns a rate and not a factor.
 *
 * @returns the rate at a step for a group's learning rate.
 * @throws RangeError if a setting is out of its range.
 *
 * @example
 * const schedule = cosineWarmup({ iterations: 20_000, warmupIterations: 1_500 });
 * optimizer.step(gradients, learningRate => schedule(iteration, learningRate));
 */
export function cosineWarmup(settings: WarmupSettings): (step: number, learningRate: number) => number {
  const { iterations, warmupIterations, warmupRatio = 1e-6 } = settings;
  check('cosineWarmup', iterations, warmupIterations);
  return (step, learningRate) => {
    const t = Math.min(step, iterations - 1);
    if (t < warmupIterations) return (learningRate * t) / warmupIterations + warmupRatio * (1 - t / warmupIterations);
    return (learningRate / 2) * (1 + Math.cos((Math.PI * (t - warmupIterations)) / (iterations - warmupIterations)));
  };
}

/**
 * Polynomial decay `(1 − t/T)^power`. With `warmupIterations` W, a first decay of its own comes before it, from `warmupFactor` towards 0:
 * `warmupFactor·(1 − t/W)^power` while t < W, then `(1 − (t − W)/(T − W))^power`.
 *
 * @throws RangeError if a setting is out of its range.
 *
 * @example
 * const factor = polynomial({ iterations: 100 });
 * factor(50); // 0.5^0.9 = 0.536
 */
export function polynomial(settings: {
  /** Steps of the whole run, T. */
  iterations: number;
  /** Default 0.9. */
  power?: number;
  /** Steps of the first decay, W < T. Default 0: there is none. */
  warmupIterations?: number;
  /** Where the first decay starts. Default 10. */
  warmupFactor?: number;
}): Schedule {
  const { iterations, power = 0.9, warmupIterations = 0, warmupFactor = 10 } = settings;
  check('polynomial', iterations, warmupIterations);
  return step => {
    const t = Math.min(step, iterations - 1);
    if (t < warmupIterations) return warmupFactor * (1 - t / warmupIterations) ** power;
    return (1 - (t - warmupIterations) / (iterations - warmupIterations)) ** power;
  };
}

function check(name: string, iterations: number, warmupIterations: number): void {
  if (!(iterations >= 1) || !(warmupIterations >= 0) || warmupIterations >= iterations)
    throw new RangeError(
      `${name}: iterations is ${iterations} and warmupIterations ${warmupIterations}, expected 0 ≤ warmupIterations < iterations.`,
    );
}
