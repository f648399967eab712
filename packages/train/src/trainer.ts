import { setImmediate as nextTurn } from 'node:timers/promises';

/** Losses and other numbers of one iteration, by name. */
export type StepValues = Readonly<Record<string, number>>;

export interface TrainingOptions {
  /** Iterations of the whole run. */
  iterations: number;
  /** Iterations already done by the run that is continued. Default 0. */
  start?: number;
  /**
   * Runs one iteration.
   * @param iteration its index, from `start` to `iterations − 1`.
   * @returns its losses; training stops if one is not finite.
   */
  step: (iteration: number) => StepValues | Promise<StepValues>;
  /** After every how many iterations each callback is called; it is called after the last one too. Default: only then. */
  every?: { log?: number; evaluate?: number; checkpoint?: number };
  /** @param done iterations done. @param means of each value over the iterations since the last call in which it was given. */
  onLog?: (done: number, means: Record<string, number>) => void | Promise<void>;
  onEvaluate?: (done: number) => void | Promise<void>;
  /** Saves the run, so that it can go on with `start: done`. */
  onCheckpoint?: (done: number) => void | Promise<void>;
  /** A value is NaN or infinite: the chance to save what led to it before the error is thrown. @param iteration index of the iteration. */
  onNotFinite?: (iteration: number, values: StepValues) => void | Promise<void>;
  /** Aborted to stop after the current iteration, see `catchInterruption`. */
  signal?: AbortSignal;
}

/** A loss became NaN or infinite. */
export class NotFiniteError extends Error {
  override name = 'NotFiniteError';
}

/**
 * The training loop: runs the iterations, and between them logs, saves and evaluates, in that order, so that a failing evaluation
 * costs nothing. When interrupted it logs and saves and does not evaluate.
 *
 * @returns how many iterations are done, and whether the run `finished` or was `interrupted`.
 * @throws NotFiniteError naming iteration and losses if one is NaN or infinite, after `onNotFinite`.
 * @throws RangeError if the number of iterations or the start makes no sense. Errors of the callbacks pass through.
 *
 * @example
 * const { ended } = await runTraining({
 *   iterations: 20_000,
 *   step: iteration => trainStep(batches.next(), iteration),
 *   every: { log: 200, checkpoint: 2_000 },
 *   onLog: (done, means) => log.record('train', done, means),
 *   onCheckpoint: done => saveCheckpoint('last.safetensors', …),
 * });
 */
export async function runTraining(options: TrainingOptions): Promise<{ iterations: number; ended: 'finished' | 'interrupted' }> {
  const { iterations, start = 0, step, every = {}, onLog, onEvaluate, onCheckpoint, onNotFinite, signal } = options;
  if (!Number.isInteger(iterations) || !Number.isInteger(start) || start < 0 || start > iterations) {
    throw new RangeError(`runTraining: start is ${start} and iterations ${iterations}, expected integers with 0 ≤ start ≤ iterations.`);
  }
  const means = new RunningMeans();
  let done = start;
  let saved = start;
  const log = async () => {
    if (!means.isEmpty) await onLog?.(done, means.take());
  };
  const checkpoint = async () => {
    if (saved < done) await onCheckpoint?.(done);
    saved = done;
  };
  const isDue = (interval = iterations) => done === iterations || done % interval === 0;

  while (done < iterations && !signal?.aborted) {
    const values = await step(done);
    await refuseNotFinite(done, values, onNotFinite);
    means.add(values);
    done++;
    if (isDue(every.log)) await log();
    if (isDue(every.checkpoint)) await checkpoint();
    if (isDue(every.evaluate) && !signal?.aborted) await onEvaluate?.(done);
    // A step may never leave the event loop's current turn; without this a signal would not be heard until the end.
    await nextTurn();
  }
  if (!signal?.aborted) return { iterations: done, ended: 'finished' };
  await log();
  await checkpoint();
  return { iterations: done, ended: 'interrupted' };
}

async function refuseNotFinite(iteration: number, values: StepValues, onNotFinite: TrainingOptions['onNotFinite']): Promise<void> {
  const notFinite = Object.entries(values).filter(([, value]) => !Number.isFinite(value));
  if (notFinite.length === 0) return;
  await onNotFinite?.(iteration, values);
  const found = notFinite.map(([name, value]) => `${name} is ${value}`).join(', ');
  throw new NotFiniteError(
    `iteration ${iteration}: ${found}. Go on from an earlier checkpoint with a lower learning rate, or look at this iteration's inputs.`,
  );
}

class RunningMeans {
  private readonly sums = new Map<string, { total: number; count: number }>();

  get isEmpty(): boolean {
    return this.sums.size === 0;
  }

  add(values: StepValues): void {
    for (const [name, value] of Object.entries(values)) {
      const { total, count } = this.sums.get(name) ?? { total: 0, count: 0 };
      this.sums.set(name, { total: total + value, count: count + 1 });
    }
  }

  take(): Record<string, number> {
    const means = Object.fromEntries([...this.sums].map(([name, { total, count }]) => [name, total / count]));
    this.sums.clear();
    return means;
  }
}
