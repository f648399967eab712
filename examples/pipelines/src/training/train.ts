import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '@wsss/engine';
import { type Communicator, folderOfRank, longPause, requireSame, runInJob, SingleProcess, stopSignals } from '@wsss/parallel';
import { AdamW, catchInterruption, isDiskFull, Progress, polyWarmup, RunLog, runTraining, writeAtomically } from '@wsss/train';
import { encoderWeights, readWeights } from '@wsss/weights';
import { checkTrainingData } from '../data/check-training-data.js';
import { type DatasetName, openDataset, recipes } from '../data/open-dataset.js';
import { evaluateInRun } from '../evaluation/during-training.js';
import { type EvaluationSummary, summaryTable } from '../evaluation/summary.js';
import { parameterGroups } from '../network/parameter-groups.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf, checkRecipe } from '../recipes/check-recipe.js';
import { remarkOnEmptyViews } from '../recipes/empty-views.js';
import { type Recipe, scheduleOf } from '../recipes/recipe.js';
import { writeExamples } from '../report/examples.js';
import { writeReport } from '../report/write-report.js';
import { createNetwork, noteEvaluation, saveRun } from '../run/checkpoint.js';
import { checkpointInfo } from '../run/checkpoint-info.js';
import { codeVersion } from '../run/code-version.js';
import { recordSession } from '../run/environment.js';
import { describeSpace, holdsCheckpoint, runFiles } from '../run/folder.js';
import { loadEarlier, rewindRun } from '../run/resume.js';
import { divideRun } from './divided-run.js';
import { type IterationResult, runIteration } from './iteration.js';
import { stepInputs } from './losses.js';
import { recomputeToFit } from './memory-estimate.js';
import { describeNotFinite } from './not-finite.js';
import { prepareBatch } from './prepare-batch.js';
import { startIterations } from './start-iterations.js';
import { type MicroBatch, trainingInput } from './training-input.js';

export interface TrainingRunOptions {
  dataset: DatasetName;
  /** Folder of the data, where the dataset has one. */
  root?: string;
  /** Splits to train on and to evaluate with; default: the dataset's usual ones. */
  trainSplit?: string;
  valSplit?: string;
  recipe: Recipe;
  /** Weights of the encoder: safetensors, PyTorch or NumPy, under timm's or Hugging Face's names. Without it training starts from random weights. */
  weights?: string;
  /** Folder of the run. */
  out: string;
  engine: Engine;
  /** Bytes that an iteration may take; blocks are computed again if it needs more. Default: what the engine has. */
  memory?: number;
  /** Go on from the newest whole checkpoint in the folder, or start where there is none. */
  resume?: boolean;
  /** Go on even with other settings than the run began with. */
  acceptChanges?: boolean;
  /** The ranks that train together. Default: this process alone. */
  job?: Communicator;
  /** What gradients travel in between the ranks. Default `full` precision. */
  wire?: 'full' | 'float16';
  /** After every how many iterations the ranks verify that they hold the same parameters. Default 500. */
  verifyEvery?: number;
  /** Means over some classes, reported beside the mean over all: name and class names. */
  subset?: { name: string; classes: readonly string[] };
  /** Where image-level labels come from, see `openDataset`. */
  labels?: string;
  /** Go on without records that cannot be used, and list them in the folder. */
  skipBad?: boolean;
}

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
 * @throws Error before the first iteration when data, weights, recipe or memory do not fit, or the folder already holds a run; NotFiniteError
 *   when losses or gradients stay NaN or infinite; Error when an image cannot be read, after the run has been saved.
 */
export async function trainingRun(options: TrainingRunOptions): Promise<TrainingRunResult> {
  const { dataset: name, recipe, engine, job = new SingleProcess() } = options;
  checkRecipe(recipe);
  const backbone = backboneOf(recipe);
  const { shares, trainSplit, valSplit } = recipes[name];
  const saved = holdsCheckpoint(options.out, options.resume ?? false);
  const source = { root: options.root, lenient: options.skipBad };
  const train = await openDataset(name, { ...source, split: options.trainSplit ?? trainSplit, labels: options.labels });
  const wholeVal = await openDataset(name, { ...source, split: options.valSplit ?? valSplit });

  const { earlier, remarks } = saved ? await loadEarlier(options.out, { ...options, train }) : { earlier: undefined, remarks: [] };
  const start = earlier?.info.iteration ?? 0;
  const division = divideRun(recipe, job, earlier?.info);
  // What the others do is looked at before rank 0 changes anything in the folder.
  await requireSame(job, { start, recipe, images: train.length, samples: division.samplesBefore(start) });
  const out = folderOfRank(job, options.out);
  const files = runFiles(out);
  const { val, onBadRecord, skipped } = await checkTrainingData({
    train,
    val: wholeVal,
    positions: {
      seed: recipe.seed,
      from: division.samplesBefore(start),
      to: division.samplesBefore(recipe.iterations),
      streams: { count: division.wanted, batchSize: recipe.batch },
    },
    skipBad: options.skipBad ?? false,
    listFile: files.skipped,
  });
  const startWeights = options.weights
    ? encoderWeights((await readWeights(options.weights)).tensors, { source: options.weights }).tensors
    : undefined;
  const initialNetwork = () => {
    const network = createNetwork(recipe, train.classes.length);
    if (startWeights) network.encoder.load(startWeights, { source: options.weights });
    return network;
  };
  const network = earlier?.network ?? initialNetwork();
  const values = [...network.trainable().values()].reduce((sum, { size }) => sum + size, 0);
  // A run that has begun to compute blocks again does so to its end, whatever memory there is now: the last digits depend on it.
  const recompute =
    recomputeToFit(engine, recipe, backbone, train.classes.length, values, options.memory) || (earlier?.info.about?.recompute ?? false);
  if (recipe.precision === 'bfloat16' && !engine.canTrace)
    throw new Error(`precision bfloat16 needs the native or cuda engine, and ${engine.name} is running`);

  const { weightDecay, beta1, beta2, warmupRatio, power, skipAtMost } = recipe.optimizer;
  const optimizer = new AdamW(parameterGroups(network, recipe.optimizer), { beta1, beta2, weightDecay });
  if (earlier) optimizer.load(earlier.optimizer);
  const { iterations } = recipe;
  const schedule = scheduleOf(recipe, shares);
  const factor = polyWarmup({ iterations, warmupIterations: schedule.warmupIterations, warmupRatio, power });
  const code = codeVersion();
  const circumstances = { dataset: name, train, recipe, schedule, factor, division, engine, job, recompute, code };

  await writeAtomically(files.recipe, `${JSON.stringify(recipe, null, 2)}\n`);
  await rewindRun(out, earlier);
  const splits = { training: { split: train.split, images: train.length }, validation: { split: val.split, images: val.length } };
  const origin = { from: start, dataset: name, ...splits, data: options.root, weights: options.weights, trainableValues: values, code };
  await recordSession(out, origin, engine, Date.now);
  const progress = new Progress({ total: iterations, start, label: 'train' });
  const log = new RunLog(out, { clock: Date.now, stream: progress, restartAt: options.resume ? start : undefined });
  const interruption = catchInterruption({ signals: stopSignals(job) });
  const inJob = runInJob(job, interruption.signal, { wire: options.wire });
  log.say(
    `${name} ${train.split}: ${train.length} images · ${describeBackbone(recipe)}, ${(values / 1e6).toFixed(1)} M trainable values · ${engine.version}${job.worldSize > 1 ? ` · ${job.worldSize} ranks, ${job.library}` : ''} · writing to ${out}`,
  );
  if (options.resume && !earlier) log.say(`There is no checkpoint in ${out}: starting from the beginning`);
  const shortage = await describeSpace(out, values * 12, recipe.log.keepCheckpoints);
  for (const remark of [...remarks, division.remark, remarkOnEmptyViews(recipe), shortage]) if (remark) log.say(remark);

  if (!val.mask) log.say(`${name} ${val.split} has no masks: nothing is evaluated`);
  const inRun = { dataset: val, recipe, subset: options.subset, engine, job, stream: progress, signal: interruption.signal };
  const evaluateNow = async (subject: SegmentationNetwork, when: number, kind: string) => {
    const summary = await evaluateInRun(subject, when, { ...inRun, imageScores: kind === 'evaluate' ? files.imageScores : undefined });
    if ((await inJob.interrupted()) || !summary) return undefined;
    log.record(kind, when, summary.means);
    return summary;
  };

  let evaluation = earlier?.evaluation;
  let result: IterationResult | undefined;
  let parts: MicroBatch[] = [];
  let begun = 0;
  let waited = 0;
  const startTime = performance.now();
  const input = trainingInput(train, recipe, job, {
    start,
    division,
    onBadRecord,
    workers: job.worldSize > 1 ? Math.max(1, engine.threads - 1) : undefined,
  });
  const { reduceGradients } = inJob;
  const shared = await startIterations(network, optimizer, recipe, schedule, { engine, recompute, reduceGradients });
  const { context, plan } = shared;
  try {
    await inJob.verify(network.trainable(), 'at the start');
    const { ended, iterations: done } = await runTraining<MicroBatch[]>({
      iterations,
      start: earlier?.loop,
      evaluated: evaluation !== undefined,
      skipAtMost,
      signal: inJob.signal,
      every: {
        log: recipe.log.every,
        checkpoint: recipe.log.checkpointEvery ?? Math.max(1, Math.ceil(iterations / 10)),
        evaluate: recipe.evaluation.every ?? iterations,
      },
      input: async iteration => {
        begun = performance.now();
        const microBatches = await inJob.agree(() => input.next(iteration));
        waited = performance.now() - begun;
        return microBatches;
      },
      step: async (iteration, microBatches) => {
        parts = microBatches;
        const inputs = parts.map(
          ({ batch, position }) =>
            () =>
              stepInputs(prepareBatch(batch, recipe, position), context.settings),
        );
        inJob.begin(plan(iteration));
        result = await runIteration(context, inputs, plan(iteration), factor(iteration));
        const { losses, gradientNorm } = result;
        if ((iteration + 1) % (options.verifyEvery ?? 500) === 0)
          await inJob.verify(network.trainable(), `after iteration ${iteration + 1}`);
        progress.update(iteration + 1, { loss: losses.total! });
        return {
          ...losses,
          gradientNorm,
          learningRateFactor: factor(iteration),
          tensors: tf.memory().numTensors,
          tensorBytes: tf.memory().numBytes,
          resident: process.memoryUsage.rss() / 2 ** 20,
          dataWait: waited / (performance.now() - begun),
          ...inJob.communicationShare(),
        };
      },
      onNotFinite: async (iteration, { total, gradientNorm }) => {
        log.record('skipped', iteration + 1, { total: total!, gradientNorm: gradientNorm! });
        const file = await describeNotFinite(out, iteration, parts, result!, train.classes).catch((error: Error) => error.message);
        log.say(`Iteration ${iteration} is not finite and was left out. Its images and losses: ${file}`);
      },
      onLog: (at, means) => log.record('train', at, means),
      onCheckpoint: async (_, loop) => {
        if (job.rank > 0) return;
        log.flush();
        job.alive(longPause);
        await saveRun(out, network, optimizer, checkpointInfo(loop, circumstances));
      },
      onCheckpointFailed: (at, error) =>
        log.say(`After ${at} iterations the run could not be saved; it goes on and tries again. ${(error as Error).message}`),
      onEvaluate: async at => {
        if (!val.mask) return;
        const say = (error: Error) => log.say(`The evaluation after ${at} iterations could not be kept. ${error.message}`);
        const found = await evaluateNow(network, at, 'evaluate').catch(error => {
          if (!isDiskFull(error)) throw error;
          say(error);
          return undefined;
        });
        if (!found) return;
        evaluation = found;
        if (job.rank > 0) return;
        await noteEvaluation(out, at, found, recipe.log.keepCheckpoints).catch(say);
      },
    });
    progress.finish();
    const seconds = (performance.now() - startTime) / 1000;
    let before: EvaluationSummary | undefined;
    if (ended === 'finished' && evaluation && recipe.evaluation.before) {
      // The network as it was before training follows from the seed; it is scored last so that training starts at once.
      const initial = initialNetwork();
      before = await evaluateNow(initial, 0, 'before');
      initial.dispose();
    }
    const written = [files.recipe, files.log, files.checkpoint];
    const { aborted, reason } = inJob.signal;
    if (evaluation && !aborted && job.rank === 0) {
      job.alive(longPause);
      await writeAtomically(files.evaluation, `${JSON.stringify({ before, evaluation }, null, 2)}\n`);
      log.say(summaryTable(evaluation, before));
      await writeExamples(out, { network, dataset: val, recipe });
      await writeReport(files.report, [out]);
      written.push(files.evaluation, files.report);
    }
    if (existsSync(files.skipped)) written.push(files.skipped);
    const ending = aborted ? { ended: 'interrupted' as const, signal: reason as NodeJS.Signals } : { ended };
    return {
      out: options.out,
      ...ending,
      iterations: done,
      seconds,
      before,
      evaluation,
      files: written.map(file => basename(file)),
      ...(options.skipBad && { skipped: skipped() }),
    };
  } finally {
    await input.close();
    progress.finish();
    log.close();
    interruption.release();
    shared.dispose();
    optimizer.dispose();
    network.dispose();
  }
}

function describeBackbone({ backbone }: Recipe): string {
  return typeof backbone === 'string' ? backbone : `ViT ${backbone.embedSize}×${backbone.depth}, patch ${backbone.patchSize}`;
}
