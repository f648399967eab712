import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@wsss/weights';
import { describe, expect, it } from 'vitest';
import { AdamW } from './adamw.js';
import { polyWarmup } from './schedules.js';
import { type LoopState, NotFiniteError, runTraining, type TrainingOptions } from './trainer.js';

/** Writes down what happens, in order. */
function diary() {
  const entries: string[] = [];
  const callbacks: Pick<TrainingOptions, 'onLog' | 'onEvaluate' | 'onCheckpoint'> = {
    onLog: (done, means) => void entries.push(`log ${done} ${JSON.stringify(means)}`),
    onEvaluate: done => void entries.push(`evaluate ${done}`),
    onCheckpoint: done => void entries.push(`checkpoint ${done}`),
  };
  return { entries, callbacks };
}

describe('runTraining', () => {
  it('logs means, saves, then evaluates, at each interval and at the end', async () => {
    const { entries, callbacks } = diary();
    const every = { log: 2, checkpoint: 3, evaluate: 3 };
    const result = await runTraining({ iterations: 7, step: iteration => ({ loss: iteration }), every, ...callbacks });
    expect(result).toEqual({ iterations: 7, ended: 'finished' });
    expect(entries).toEqual([
      'log 2 {"loss":0.5}',
      'checkpoint 3',
      'evaluate 3',
      'log 4 {"loss":2.5}',
      'log 6 {"loss":4.5}',
      'checkpoint 6',
      'evaluate 6',
      'log 7 {"loss":6}',
      'checkpoint 7',
      'evaluate 7',
    ]);
  });

  it('averages a value over the iterations that have it', async () => {
    const { entries, callbacks } = diary();
    const step = (i: number): Record<string, number> => (i < 2 ? { cls: i } : { cls: i, seg: 10 * i });
    await runTraining({ iterations: 4, step, onLog: callbacks.onLog });
    expect(entries).toEqual(['log 4 {"cls":1.5,"seg":25}']);
  });

  it('goes on where a run stopped', async () => {
    const seen: number[] = [];
    const step = (iteration: number) => ({ loss: seen.push(iteration) });
    await runTraining({ iterations: 5, start: 3, step });
    expect(seen).toEqual([3, 4]);
    expect(await runTraining({ iterations: 5, start: 5, step })).toEqual({ iterations: 5, ended: 'finished' });
    await expect(runTraining({ iterations: 5, start: 6, step })).rejects.toThrow('start is 6 and iterations 5');
  });

  it('finishes the iteration, saves and stops when interrupted, with what is not logged yet in its state', async () => {
    const { entries, callbacks } = diary();
    const controller = new AbortController();
    const step = (iteration: number) => {
      if (iteration === 2) controller.abort();
      return { loss: iteration };
    };
    const result = await runTraining({ iterations: 100, step, ...callbacks, every: { log: 2, evaluate: 3 }, signal: controller.signal });
    expect(result).toEqual({ iterations: 3, ended: 'interrupted' });
    expect(entries).toEqual(['log 2 {"loss":0.5}', 'checkpoint 3']);
  });

  it('logs and evaluates over a stop what it logs and evaluates without one', async () => {
    const settings = { iterations: 9, step: (i: number) => ({ loss: i * i }), every: { log: 4, evaluate: 3 } };
    const whole = diary();
    await runTraining({ ...settings, ...whole.callbacks });
    for (let stop = 1; stop < 9; stop++) {
      const { entries, callbacks } = diary();
      const controller = new AbortController();
      const step = (i: number) => {
        if (i === stop - 1) controller.abort();
        return settings.step(i);
      };
      let state: LoopState | undefined;
      const onCheckpoint = (done: number, found: LoopState) => {
        state = JSON.parse(JSON.stringify(found));
        return callbacks.onCheckpoint!(done, found);
      };
      await runTraining({ ...settings, ...callbacks, onCheckpoint, step, signal: controller.signal });
      await runTraining({ ...settings, ...callbacks, onCheckpoint, start: state!, evaluated: false });
      const withoutSaving = (all: string[]) => all.filter(entry => !entry.startsWith('checkpoint'));
      expect(withoutSaving(entries)).toEqual(withoutSaving(whole.entries));
    }
  });

  it('saves before every evaluation, and an evaluation that the stop prevented comes first', async () => {
    const { entries, callbacks } = diary();
    const settings = { iterations: 3, step: () => ({}), every: { evaluate: 2 } };
    await runTraining({ ...settings, ...callbacks, start: 2, evaluated: false });
    await runTraining({ ...settings, ...callbacks, start: 3, evaluated: false });
    expect(entries).toEqual(['evaluate 2', 'checkpoint 3', 'evaluate 3', 'evaluate 3']);
  });

  it('saves once, also when the interruption comes while evaluating', async () => {
    const { entries, callbacks } = diary();
    const controller = new AbortController();
    const onEvaluate = () => controller.abort();
    const every = { checkpoint: 2, evaluate: 2 };
    await runTraining({ iterations: 100, step: () => ({}), ...callbacks, onEvaluate, every, signal: controller.signal });
    expect(entries).toEqual(['checkpoint 2']);
  });

  it('hears a signal although the steps never wait', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const { ended } = await runTraining({ iterations: 1e9, step: () => ({ loss: 1 }), signal: controller.signal });
    expect(ended).toBe('interrupted');
  });

  it('refuses NaN and infinities, naming iteration and loss, after a chance to save', async () => {
    const { entries, callbacks } = diary();
    const run = runTraining({
      iterations: 5,
      step: iteration => ({ cls: 1, seg: iteration === 3 ? Number.NaN : 1, reg: iteration === 3 ? Infinity : 1 }),
      ...callbacks,
      onNotFinite: (iteration, values) => void entries.push(`not finite ${iteration} ${values.seg}`),
    });
    await expect(run).rejects.toThrow('iteration 3: seg is NaN, reg is Infinity');
    await expect(run).rejects.toBeInstanceOf(NotFiniteError);
    expect(entries).toEqual(['not finite 3 NaN']);
  });

  it('skips a few in a row, leaves them out of the means, and saves before it gives up', async () => {
    const { entries, callbacks } = diary();
    const bad = new Set([1, 3, 4, 6, 7, 8]);
    const settings = { iterations: 10, step: (i: number) => ({ loss: bad.has(i) ? Number.NaN : i }), skipAtMost: 2 };
    const onNotFinite = (iteration: number) => void entries.push(`skip ${iteration}`);
    await expect(runTraining({ ...settings, ...callbacks, every: { log: 6 }, onNotFinite })).rejects.toThrow(
      'iteration 8: loss is NaN, and so were the 2 iterations before; the parameters are still those of before',
    );
    expect(entries).toEqual([
      'skip 1',
      'skip 3',
      'skip 4',
      'log 6 {"loss":2.3333333333333335}',
      'skip 6',
      'skip 7',
      'skip 8',
      'checkpoint 9',
    ]);
  });

  it('counts skipped iterations over a stop', async () => {
    const settings = { iterations: 10, step: () => ({ loss: Number.NaN }), skipAtMost: 2 };
    const skipped = async (already: number) => {
      let count = 0;
      const start = { iteration: 4, unlogged: {}, skipped: already };
      await runTraining({ ...settings, start, onNotFinite: () => void count++ }).catch(() => undefined);
      return count;
    };
    expect([await skipped(0), await skipped(1), await skipped(2), await skipped(3)]).toEqual([3, 2, 1, 1]);
  });

  it('saves when there is no input, and passes the error on', async () => {
    const { entries, callbacks } = diary();
    const input = (iteration: number) => {
      if (iteration === 3) throw new Error('image 3.jpg cannot be read.');
      return 10 * iteration;
    };
    const run = () => runTraining({ iterations: 5, input, step: (_, loss) => ({ loss }), ...callbacks });
    await expect(run()).rejects.toThrow('image 3.jpg cannot be read.');
    expect(entries).toEqual(['checkpoint 3']);
    callbacks.onCheckpoint = () => Promise.reject(new Error('no space.'));
    await expect(run()).rejects.toThrow('image 3.jpg cannot be read. Saving the run failed, too: no space.');
  });

  it('goes on when saving fails, tries again after the next record, and cannot end without having saved', async () => {
    const { entries, callbacks } = diary();
    let full = [4, 5];
    const onCheckpoint = (done: number) => {
      if (full.includes(done)) throw new Error('no space');
      return callbacks.onCheckpoint!(done, { iteration: done, unlogged: {}, skipped: 0 });
    };
    const onCheckpointFailed = (done: number) => void entries.push(`failed ${done}`);
    const settings = { iterations: 8, step: () => ({}), every: { log: 1, checkpoint: 2 }, onCheckpoint, onCheckpointFailed };
    await runTraining(settings);
    expect(entries).toEqual(['checkpoint 2', 'failed 4', 'failed 5', 'checkpoint 6', 'checkpoint 8']);
    full = [8];
    await expect(runTraining(settings)).rejects.toThrow('no space');
  });

  it('trains, and an interrupted run that goes on ends with the very same weights', async () => {
    const before = tf.memory().numTensors;
    const iterations = 40;
    const factor = polyWarmup({ iterations, warmupIterations: 4 });

    async function train(start: number, stopAfter: number, weights: number[], state?: StateDict) {
      const weight = tf.tidy(() => tf.variable(tf.tensor1d(weights)));
      const optimizer = new AdamW([{ name: 'all', variables: new Map([['weight', weight]]), learningRate: 0.3 }]);
      if (state) optimizer.load(state);
      const controller = new AbortController();
      const losses: number[] = [];
      const step = async (iteration: number) => {
        const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(weight, tf.tensor1d([1, -2])))), [weight]);
        optimizer.step(grads, factor(iteration));
        const [loss] = await value.data();
        tf.dispose([value, grads]);
        losses.push(loss!);
        if (iteration + 1 === stopAfter) controller.abort();
        return { loss: loss! };
      };
      await runTraining({ iterations, start, step, signal: controller.signal });
      const result = { weights: Array.from(await weight.data()), state: await optimizer.state(), losses };
      optimizer.dispose();
      weight.dispose();
      return result;
    }

    const whole = await train(0, iterations, [0, 0]);
    expect(whole.losses.at(-1)).toBeLessThan(0.1 * whole.losses[0]!);
    const firstPart = await train(0, 15, [0, 0]);
    const secondPart = await train(15, iterations, firstPart.weights, firstPart.state);
    expect(secondPart.weights).toEqual(whole.weights);
    expect(tf.memory().numTensors).toBe(before);
  });
});
