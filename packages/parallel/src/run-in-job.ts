import { constants } from 'node:os';
import type * as tf from '@tensorflow/tfjs-core';
import type { AllReduceOptions, Communicator } from './communicator.js';
import { exchange } from './exchange.js';
import { longPause } from './in-job.js';
import { reduceGradients } from './reduce-gradients.js';
import { reduceValues } from './reduce-values.js';
import { verifyEqual } from './verify-equal.js';

/** Gradients by the names of their parameters, and losses by name. */
interface Reduced<Name extends string> {
  gradients: Record<string, tf.Tensor>;
  losses: Record<Name, number>;
}

/** What a training run does differently as one of several ranks. */
export interface RunInJob {
  /** Aborted at all ranks before the same iteration, once one of them has been interrupted. Its reason is the signal's name. */
  signal: AbortSignal;
  /**
   * Gets what this rank's iteration works on, and agrees with the others: where one is interrupted, all stop after this iteration; what one
   * throws, all throw.
   */
  agree<T>(get: () => Promise<T>): Promise<T>;
  /** An iteration begins. The first by each plan takes longer, because functions are traced: that is announced to the watchdog. */
  begin(plan: object): void;
  /** Whether a rank has been interrupted, to be asked by all at the same time. */
  interrupted(): Promise<boolean>;
  /** Means over the ranks; undefined for a job of one. */
  reduceGradients?: <Name extends string>(own: Reduced<Name>) => Promise<Reduced<Name>>;
  /** Share of the time since this was last asked that was spent communicating, waiting for others included; nothing in a job of one. */
  communicationShare(): { communication?: number };
  /** @throws DivergedError at all ranks if they do not hold the same parameters. */
  verify(tensors: ReadonlyMap<string, tf.Tensor>, when: string): Promise<void>;
}

/**
 * @param job the ranks.
 * @param local aborted when this process is interrupted; its reason is the signal's name.
 * @param options how gradients travel.
 * @param options.wire `float16` halves their bytes, see {@link AllReduceOptions}.
 */
export function runInJob(job: Communicator, local: AbortSignal, { wire }: Pick<AllReduceOptions, 'wire'> = {}): RunInJob {
  const common = new AbortController();
  const stopTogether = (number: number) => {
    const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
    if (number && !common.signal.aborted) common.abort(name);
  };
  const ownSignal = () => (local.aborted ? constants.signals[local.reason as NodeJS.Signals] : 0);
  const interrupted = async () => {
    const { signal } = await reduceValues(job, { signal: ownSignal() }, 'max');
    stopTogether(signal);
    return common.signal.aborted;
  };
  const plans = new Set<string>();
  let announced: number | undefined;
  let asked = performance.now();
  let communicated = job.communicationSeconds;
  return {
    signal: job.worldSize === 1 ? local : common.signal,
    interrupted,
    begin: plan => {
      const key = JSON.stringify(plan);
      announced = plans.has(key) ? undefined : longPause;
      plans.add(key);
      job.alive(announced);
    },
    agree: async get => {
      let error: Error | undefined;
      const value = await get().catch(failure => {
        error = failure;
      });
      const { failed, signal } = await reduceValues(job, { failed: error ? 1 : 0, signal: ownSignal() }, 'max');
      stopTogether(signal);
      if (failed) {
        const messages = await exchange(job, error?.message ?? null);
        const rank = messages.findIndex(message => message !== null);
        throw job.worldSize === 1 ? error! : new Error(`rank ${rank}: ${messages[rank]}`);
      }
      return value as Awaited<ReturnType<typeof get>>;
    },
    reduceGradients:
      job.worldSize === 1
        ? undefined
        : async ({ gradients, losses }) => {
            const reduced = { gradients: await reduceGradients(job, gradients, { wire }), losses: await reduceValues(job, losses) };
            job.alive(announced);
            return reduced;
          },
    communicationShare: () => {
      const [time, seconds] = [performance.now(), job.communicationSeconds];
      const communication = (1000 * (seconds - communicated)) / (time - asked);
      asked = time;
      communicated = seconds;
      return job.worldSize > 1 ? { communication } : {};
    },
    verify: (tensors, when) => verifyEqual(job, tensors, when),
  };
}
