/** Losses and other numbers of one iteration, by name. */
export type StepValues = Readonly<Record<string, number>>;

/** Sums and counts of values by name; plain JSON. */
export type ValueSums = Readonly<Record<string, { total: number; count: number }>>;

/** Where a loop is between two iterations; plain JSON, so that a checkpoint can hold it. */
export interface LoopState {
  /** Iterations done. */
  iteration: number;
  /** Sums of the values that are not logged yet. */
  unlogged: ValueSums;
  /** How many of the last iterations in a row were skipped because something was not finite. */
  skipped: number;
}

export interface TrainingOptions<Input = void> {
  /** Iterations of the whole run. */
  iterations: number;
  /** Where the run that is continued was saved: its state, or only its iterations done. Default 0. */
  start?: number | LoopState;
  /** Whether the evaluation that is due at `start` was done before the run ended. Default true; if false the run begins with it. */
  evaluated?: boolean;
  /**
   * Gets what an iteration works on. When it throws, nothing has been changed: the run is saved, then the error passes through.
   * @param iteration as for `step`.
   */
  input?: (iteration: number) => Input | Promise<Input>;
  /**
   * Runs one iteration.
   * @param iteration its index, from `start` to `iterations − 1`.
   * @returns its losses. If one is NaN or infinite the iteration must have left the parameters as they were: it counts as skipped.
   */
  step: (iteration: number, input: Input) => StepValues | Promise<StepValues>;
  /** How many iterations in a row may be skipped because a value is NaN or infinite. Default 0: the first one ends the run. */
  skipAtMost?: number;
  /** After every how many iterations each callback is called; it is called after the last one too. Default: only then. */
  every?: { log?: number; evaluate?: number; checkpoint?: number };
  /** @param done iterations done. @param means of each value over the iterations since the last call in which it was given. */
  onLog?: (done: number, means: Record<string, number>) => unknown;
  onEvaluate?: (done: number) => unknown;
  /** Saves the run, so that it can go on with `start: state`. Called before every evaluation, too. */
  onCheckpoint?: (done: number, state: LoopState) => unknown;
  /**
   * Saving failed, but the run is not over: it goes on and tries again after the next log record. Without this callback the error ends
   * the run; an error of the last saving always does.
   */
  onCheckpointFailed?: (done: number, error: unknown) => unknown;
  /** A value is NaN or infinite: the chance to save what led to it. @param iteration index of the iteration. */
  onNotFinite?: (iteration: number, values: StepValues) => unknown;
  /** Aborted to stop after the current iteration, see `catchInterruption`. */
  signal?: AbortSignal;
}

/** Losses became NaN or infinite, and stayed so. */
export class NotFiniteError extends Error {
  override name = 'NotFiniteError';
}

/**
 * The training loop: runs the iterations, and between them logs, saves and evaluates, in that order, so that a failing evaluation
 * costs nothing. When interrupted it saves and does not evaluate; what is not logged yet is part of the state, so that the log of a
 * continued run is that of one that was never stopped.
 *
 * @returns how many iterations are done, and whether the run `finished` or was `interrupted`.
 * @throws NotFiniteError naming iteration and losses if more iterations in a row than allowed were not finite; the run is saved before.
 * @throws RangeError if the number of iterations or the start makes no sense. Errors of the callbacks pass through.
 *
 * @example
 * const { ended } = await runTraining({
 *   iterations: 20_000,
 *   step: iteration => trainStep(batches.next(), iteration),
 *   every: { log: 200, checkpoint: 2_000 },
 *   onLog: (done, means) => log.record('train', done, means),
 *   onCheckpoint: done => saveCheckpoint('last.safetensors', { tensors, metadata: { iteration: String(done) } }),
 * });
 */
export async function runTraining<Input = void>(
  options: TrainingOptions<Input>,
): Promise<{ iterations: number; ended: 'finished' | 'interrupted' }> {
  const { iterations, start = 0, evaluated = true, every = {}, skipAtMost = 0, signal } = options;
  const from: LoopState = typeof start === 'number' ? { iteration: start, unlogged: {}, skipped: 0 } : start;
  if (!Number.isInteger(iterations) || !Number.isInteger(from.iteration) || from.iteration < 0 || from.iteration > iterations)
    throw new RangeError(
      `runTraining: start is ${from.iteration} and iterations ${iterations}, expected integers with 0 ≤ start ≤ iterations.`,
    );
  let { iteration: done, unlogged } = from;
  let skipped = Math.min(from.skipped, skipAtMost); // a run that was ended by too many gets another chance
  let saved = done;
  let saveAgain = false;
  const log = async () => {
    const means = meansOf(unlogged);
    unlogged = {};
    if (Object.keys(means).length) await options.onLog?.(done, means);
  };
  const save = async () => {
    if (saved < done) await options.onCheckpoint?.(done, { iteration: done, unlogged, skipped });
    saved = done;
  };
  const saveIfPossible = async () => {
    saveAgain = false;
    await save().catch(async error => {
      if (!options.onCheckpointFailed || done === iterations || error instanceof NotFiniteError) throw error;
      saveAgain = true;
      await options.onCheckpointFailed(done, error);
    });
  };
  const getInput = async () => {
    try {
      return (await options.input?.(done)) as Input;
    } catch (error) {
      await save().catch(failure => {
        (error as Error).message += ` Saving the run failed, too: ${failure.message}`;
      });
      throw error;
    }
  };
  const isDue = (interval = iterations) => done === iterations || done % interval === 0;

  if (done > 0 && isDue(every.evaluate) && !evaluated && !signal?.aborted) await options.onEvaluate?.(done);
  while (done < iterations && !signal?.aborted) {
    const input = await getInput();
    const values = await options.step(done, input);
    const notFinite = Object.entries(values).filter(([, value]) => !Number.isFinite(value));
    skipped = notFinite.length > 0 ? skipped + 1 : 0;
    if (skipped > 0) await options.onNotFinite?.(done, values);
    else unlogged = addValues(unlogged, values);
    done++;
    if (skipped > skipAtMost) {
      if (skipAtMost > 0) await save(); // without skipping, the step may have spoilt the parameters
      throw new NotFiniteError(describe(done - 1, notFinite, skipped));
    }
    const logIsDue = isDue(every.log);
    if (logIsDue) await log();
    if (isDue(every.checkpoint) || isDue(every.evaluate) || (saveAgain && logIsDue)) await saveIfPossible();
    if (isDue(every.evaluate) && !signal?.aborted) await options.onEvaluate?.(done);
    // A step may never leave the event loop's current turn; without this a signal would not be heard until the end.
    await nextTurn();
  }
  if (!signal?.aborted) return { iterations: done, ended: 'finished' };
  await save();
  return { iterations: done, ended: 'interrupted' };
}

/** Lets the event loop turn once, in Node and in browsers. */
const nextTurn = () => new Promise<void>(resolve => (globalThis.setImmediate ?? setTimeout)(resolve));

function describe(iteration: number, notFinite: [string, number][], skipped: number): string {
  const found = notFinite.map(([name, value]) => `${name} is ${value}`).join(', ');
  const repeated = skipped > 1 ? `, and so were the ${skipped - 1} iterations before; the parameters are still those of before` : '';
  const advice = "Go on from an earlier checkpoint with a lower learning rate, or look at this iteration's inputs.";
  return `iteration ${iteration}: ${found}${repeated}. ${advice}`;
}

function addValues(sums: ValueSums, values: Readonly<Record<string, number>>): ValueSums {
  const added = Object.entries(values).map(([name, value]) => {
    const { total, count } = sums[name] ?? { total: 0, count: 0 };
    return [name, { total: total + value, count: count + 1 }] as const;
  });
  return { ...sums, ...Object.fromEntries(added) };
}

/** The mean of each value over the times that it was given. */
function meansOf(sums: ValueSums): Record<string, number> {
  return Object.fromEntries(Object.entries(sums).map(([name, { total, count }]) => [name, total / count]));
}
