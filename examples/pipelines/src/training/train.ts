import * as tf from '@tensorflow/tfjs-core';
import { trainingBatches } from '@wsss/datasets';
import { longPause, runInJob, stopSignals } from '@wsss/parallel';
import { catchInterruption, isDiskFull, runTraining } from '@wsss/train';
import { evaluateInRun } from '../evaluation/during-training.js';
import type { EvaluationSummary } from '../evaluation/summary.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { recipes } from '../recipes/registry.js';
import { intervals } from '../recipes/schedule.js';
import { inCommand } from '../run/advice.js';
import { noteEvaluation, saveRun } from '../run/checkpoint.js';
import { codeVersion } from '../run/code-version.js';
import { type OwnFolder, ownFolder } from '../run/own-folder.js';
import { beginRun } from './begin.js';
import { checkpointInfo } from './describe-checkpoint.js';
import { finishRun } from './finish.js';
import type { IterationResult } from './iteration.js';
import type { Losses } from './losses.js';
import { describeNotFinite } from './not-finite.js';
import { prepareRun, type TrainingRunOptions } from './prepare.js';
import { startIterations } from './start-iterations.js';
import { type MicroBatch, trainingInput } from './training-input.js';

export interface TrainingRunResult {
  out: string;
  ended: 'finished' | 'interrupted';
  /** What interrupted it. */
  signal?: NodeJS.Signals;
  iterations: number;
  seconds: number;
  before?: EvaluationSummary;
  evaluation?: EvaluationSummary;
  files: string[];
  /** Records that were left out because they cannot be used, with `skipBad`. */
  skipped?: { train: number; val: number };
}

/**
 * A whole training run: reads data and weights, trains, logs, saves, evaluates and reports into its folder.
 *
 * @throws Error before the first iteration when data, weights, recipe or memory do not fit, or the folder already holds a run;
 *   NotFiniteError when losses or gradients stay NaN or infinite; Error when an image cannot be read, after the run has been saved.
 */
export async function trainingRun(options: TrainingRunOptions): Promise<TrainingRunResult> {
  const own = await ownFolder(options.out, 'mcc train', options.job);
  return runIn(own, options).finally(() => own.release());
}

async function runIn(own: OwnFolder, options: TrainingRunOptions): Promise<TrainingRunResult> {
  const run = await prepareRun(options);
  const { recipe, engine, job, train, val, network, earlier, start, division, out, files } = run;
  const closing: (() => unknown)[] = [() => network.dispose()];
  try {
    const interruption = catchInterruption({ signals: stopSignals(job) });
    closing.push(() => interruption.release());
    const inJob = runInJob(job, interruption.signal, { wire: options.wire });
    const { reduceGradients } = inJob;
    const iterations = await startIterations({
      ...{ network, recipe, engine, reduceGradients, memory: options.memory, shares: recipes[options.dataset].shares },
      // A run that has begun to compute blocks again does so to its end, whatever memory there is now: the last digits depend on it.
      ...(earlier && { carried: earlier.carried, recompute: earlier.info.about.recompute }),
    });
    closing.push(() => iterations.dispose());
    const { plan, rate } = iterations;
    const code = codeVersion();
    const { log, progress, watch } = await beginRun(run, iterations, code, options);
    closing.push(() => {
      progress.finish();
      log.close();
    });

    const evaluateNow = async (subject: SegmentationNetwork, when: number, kind: 'evaluate' | 'before') => {
      const imageScores = kind === 'evaluate' ? files.imageScores : undefined;
      const where = { meanOver: options.meanOver, stream: progress, signal: interruption.signal, imageScores };
      const summary = await evaluateInRun(subject, when, { dataset: val, recipe, engine, job, ...where });
      if ((await inJob.interrupted()) || !summary) return undefined;
      log.record(kind, when, summary.means);
      return summary;
    };
    const workers = job.worldSize > 1 ? Math.max(1, engine.threads - 1) : undefined;
    const input = trainingInput(train, recipe, job, { start, division, batches: trainingBatches, onBadRecord: run.onBadRecord, workers });
    closing.push(() => input.close());

    let evaluation = earlier?.evaluation;
    let result: IterationResult | undefined;
    let parts: MicroBatch[] = [];
    let begun = 0;
    let waited = 0;
    const startTime = performance.now();
    await inJob.verify(network.trainable(), 'at the start');
    const { ended, iterations: done } = await runTraining<MicroBatch[]>({
      iterations: recipe.iterations,
      start: earlier?.info.loop,
      evaluated: evaluation !== undefined,
      skipAtMost: recipe.optimizer.skipAtMost,
      signal: inJob.signal,
      every: intervals(recipe),
      input: async iteration => {
        begun = performance.now();
        parts = await inJob.agree(() => input.next(iteration));
        waited = performance.now() - begun;
        return parts;
      },
      step: async iteration => {
        inJob.begin(plan(iteration));
        result = await iterations.iterate(parts, iteration);
        const { losses, gradientNorm } = result;
        if ((iteration + 1) % (options.verifyEvery ?? 500) === 0)
          await inJob.verify(network.trainable(), `after iteration ${iteration + 1}`);
        progress.update(iteration + 1, { loss: losses.total!, ...watch.note(losses as Losses) });
        const dataWait = waited / (performance.now() - begun);
        return {
          ...losses,
          guessedF1: watch.guess.f1,
          guessedLoss: watch.guess.loss,
          gradientNorm,
          learningRateFactor: rate(iteration),
          ...memoryNow(),
          dataWait,
          ...inJob.communicationShare(),
        };
      },
      onNotFinite: async (iteration, { total, gradientNorm }) => {
        log.record('skipped', iteration + 1, { total: total!, gradientNorm: gradientNorm! });
        const file = await describeNotFinite(out, iteration, parts, result!, train.classes).catch((error: Error) => error.message);
        log.say(`Iteration ${iteration} is not finite and was left out. Its images and losses: ${file}`);
      },
      onLog: (at, means) => {
        own.check();
        log.record('train', at, means);
        for (const remark of watch.remarks(at, means)) log.say(inCommand(remark));
      },
      onCheckpoint: async (_, loop) => {
        if (job.rank > 0) return;
        own.check();
        log.flush();
        job.alive(longPause);
        await saveRun(out, network, await iterations.carried(), checkpointInfo(loop, { ...run, ...iterations, code }));
      },
      onCheckpointFailed: (at, error) => {
        own.check();
        log.say(`After ${at} iterations the run could not be saved; it goes on and tries again. ${(error as Error).message}`);
      },
      onEvaluate: async at => {
        if (!val.mask) return;
        const say = (error: Error) => log.say(`The evaluation after ${at} iterations could not be kept. ${error.message}`);
        const found = await evaluateNow(network, at, 'evaluate').catch(error => {
          if (!isDiskFull(error)) throw error;
          say(error);
        });
        if (!found) return;
        evaluation = found;
        if (job.rank === 0) await noteEvaluation(out, at, found, recipe.log.keepCheckpoints).catch(say);
      },
    });
    progress.finish();
    const seconds = (performance.now() - startTime) / 1000;
    let before: EvaluationSummary | undefined;
    if (ended === 'finished' && evaluation && recipe.evaluation.before) {
      // The network as it was before training follows from the seed; it is scored last so that training starts at once.
      const initial = run.initialNetwork();
      before = await evaluateNow(initial, 0, 'before');
      initial.dispose();
    }
    const { aborted, reason } = inJob.signal;
    own.check();
    const written = await finishRun(run, log, aborted ? undefined : evaluation, before);
    return {
      out: options.out,
      ...(aborted ? { ended: 'interrupted' as const, signal: reason as NodeJS.Signals } : { ended }),
      iterations: done,
      seconds,
      before,
      evaluation,
      files: written,
      ...(options.skipBad && { skipped: run.skipped() }),
    };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Tensors, their bytes, and mebibytes of the process. */
function memoryNow() {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, tensorBytes: numBytes, resident: process.memoryUsage.rss() / 2 ** 20 };
}
