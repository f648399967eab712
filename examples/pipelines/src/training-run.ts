import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { type TrainingBatch, trainingBatches } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { AdamW, catchInterruption, Progress, polyWarmup, RunLog, runTraining, writeAtomically } from '@wsss/train';
import { encoderWeights, readWeights } from '@wsss/weights';
import { checkTrainingData } from './check-training-data.js';
import { createNetwork, loadTraining, saveTraining } from './checkpointing.js';
import { evaluateInRun } from './evaluate-in-run.js';
import { type EvaluationSummary, summaryTable } from './evaluation-summary.js';
import { type IterationContext, runIteration } from './iteration.js';
import { recomputeToFit } from './memory-estimate.js';
import type { SegmentationNetwork } from './model/segmentation-network.js';
import { type DatasetName, openDataset, recipes } from './open-dataset.js';
import { parameterGroups } from './parameter-groups.js';
import { prepareBatch } from './prepare-batch.js';
import { backboneOf, checkRecipe } from './recipes/check-recipe.js';
import { type Recipe, scheduleOf } from './recipes/recipe.js';
import { recordSession } from './report/environment.js';
import { writeExamples } from './report/examples.js';
import { writeReport } from './report/write-report.js';
import { checkRunFolder, checkSameRecipe, runFiles } from './run-folder.js';
import { TracedTrainStep } from './traced-train-step.js';
import { TracedUpdate } from './traced-update.js';
import { type StepInputs, type StepSettings, stepInputs } from './train-step.js';

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
  /** Go on from the checkpoint in the folder. */
  resume?: boolean;
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
 * @throws Error before the first iteration when data, weights, recipe or memory do not fit, or the folder already holds a run.
 */
export async function trainingRun(options: TrainingRunOptions): Promise<TrainingRunResult> {
  const { dataset: name, recipe, out, engine, resume } = options;
  checkRecipe(recipe);
  const backbone = backboneOf(recipe);
  const { shares, trainSplit, valSplit } = recipes[name];
  const files = runFiles(out);
  checkRunFolder(out, resume ?? false);
  const source = { root: options.root, lenient: options.skipBad };
  const train = await openDataset(name, { ...source, split: options.trainSplit ?? trainSplit, labels: options.labels });
  const wholeVal = await openDataset(name, { ...source, split: options.valSplit ?? valSplit });

  const earlier = resume ? await loadTraining(files.checkpoint) : undefined;
  if (earlier) checkSameRecipe(earlier.info.recipe, recipe, files.checkpoint);
  const start = earlier?.info.iteration ?? 0;
  const perIteration = recipe.batch * recipe.accumulate;
  const { val, onBadRecord, skipped } = await checkTrainingData({
    train,
    val: wholeVal,
    positions: { seed: recipe.seed, from: start * perIteration, to: recipe.iterations * perIteration },
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
  const trainable = network.trainable();
  const values = [...trainable.values()].reduce((sum, { size }) => sum + size, 0);
  const recompute = recomputeToFit(engine, recipe, backbone, train.classes.length, values, options.memory);
  if (recipe.precision === 'bfloat16' && !engine.canTrace)
    throw new Error(`precision bfloat16 needs the native or cuda engine, and ${engine.name} is running`);

  const { learningRate, headLearningRate, weightDecay, beta1, beta2, warmupRatio, power } = recipe.optimizer;
  const optimizer = new AdamW(parameterGroups(network, { learningRate, headLearningRate }), { beta1, beta2, weightDecay });
  if (earlier) optimizer.load(earlier.optimizer);
  const { iterations, batch: batchSize, accumulate, crop, seed } = recipe;
  const schedule = scheduleOf(recipe, shares);
  const factor = polyWarmup({ iterations, warmupIterations: schedule.warmupIterations, warmupRatio, power });
  const info = (iteration: number) => ({ dataset: name, classes: [...train.classes], recipe, iteration });

  await writeAtomically(files.recipe, `${JSON.stringify(recipe, null, 2)}\n`);
  const splits = { training: { split: train.split, images: train.length }, validation: { split: val.split, images: val.length } };
  const origin = { from: start, dataset: name, ...splits, data: options.root, weights: options.weights, trainableValues: values };
  await recordSession(out, origin, engine, Date.now);
  const progress = new Progress({ total: iterations, start, label: 'train' });
  const log = new RunLog(out, { clock: Date.now, stream: progress });
  const interruption = catchInterruption();
  log.say(
    `${name} ${train.split}: ${train.length} images · ${describeBackbone(recipe)}, ${(values / 1e6).toFixed(1)} M trainable values · ${engine.version} · writing to ${out}`,
  );

  if (!val.mask) log.say(`${name} ${val.split} has no masks: nothing is evaluated`);
  const inRun = { dataset: val, recipe, subset: options.subset, engine, stream: progress, signal: interruption.signal };
  const evaluateNow = async (subject: SegmentationNetwork, when: number, kind: string) => {
    const summary = await evaluateInRun(subject, when, { ...inRun, imageScores: kind === 'evaluate' ? files.imageScores : undefined });
    if (summary) log.record(kind, when, summary.means);
    return summary;
  };

  let before: EvaluationSummary | undefined;
  let evaluation: EvaluationSummary | undefined;
  const startTime = performance.now();
  const stream = trainingBatches({
    dataset: train,
    batchSize,
    crop,
    seed,
    start: start * accumulate,
    recipe: recipe.recipe,
    augmentation: recipe.augmentation,
    prefetch: Math.max(2, accumulate),
    onBadRecord,
  })[Symbol.asyncIterator]();
  const lattice = await LatticeEngine.start({ threads: Math.min(engine.threads, 8) });
  const settings: StepSettings = { ...recipe, recompute, normalisation: backbone, filter: request => bilateralFilter(lattice, request) };
  const traced = engine.canTrace
    ? { step: new TracedTrainStep(network, settings, { bfloat16: recipe.precision === 'bfloat16' }), update: new TracedUpdate(optimizer) }
    : undefined;
  const context: IterationContext = { network, optimizer, settings, traced, clipNorm: null };
  try {
    const segments = recipe.weights.segmentation > 0 || recipe.weights.regularisation > 0;
    const plan = (iteration: number) => ({
      segmentation: segments && iteration > schedule.segmentationAfter,
      mainCamForMasks: iteration > schedule.mainCamForMasksAfter,
      mainCamForLabels: iteration > schedule.mainCamForLabelsAfter,
    });
    const { ended, iterations: done } = await runTraining({
      iterations,
      start,
      signal: interruption.signal,
      every: {
        log: recipe.log.every,
        checkpoint: recipe.log.checkpointEvery ?? Math.max(1, Math.ceil(iterations / 10)),
        evaluate: recipe.evaluation.every ?? iterations,
      },
      step: async iteration => {
        const begun = performance.now();
        let waited = 0;
        const parts: (() => StepInputs)[] = [];
        for (let part = 0; part < accumulate; part++) {
          const asked = performance.now();
          const { value: batch } = await stream.next();
          waited += performance.now() - asked;
          parts.push(() => stepInputs(prepareBatch(batch as TrainingBatch, recipe, iteration * accumulate + part), settings));
        }
        const { losses, gradientNorm } = await runIteration(context, parts, plan(iteration), factor(iteration));
        progress.update(iteration + 1, { loss: losses.total! });
        return {
          ...losses,
          gradientNorm,
          learningRateFactor: factor(iteration),
          tensors: tf.memory().numTensors,
          dataWait: waited / (performance.now() - begun),
        };
      },
      onLog: (at, means) => log.record('train', at, means),
      onCheckpoint: at => saveTraining(files.checkpoint, network, optimizer, info(at)),
      onEvaluate: async at => {
        if (val.mask) evaluation = await evaluateNow(network, at, 'evaluate');
      },
    });
    progress.finish();
    const seconds = (performance.now() - startTime) / 1000;
    const written = [files.recipe, files.log, files.checkpoint];
    if (ended === 'finished' && evaluation) {
      if (recipe.evaluation.before) {
        // The network as it was before training follows from the seed; it is scored last so that training starts at once.
        const initial = initialNetwork();
        before = await evaluateNow(initial, 0, 'before');
        initial.dispose();
      }
      await writeAtomically(files.evaluation, `${JSON.stringify({ before, evaluation }, null, 2)}\n`);
      log.say(summaryTable(evaluation, before));
      await writeExamples(out, { network, dataset: val, recipe });
      await writeReport(files.report, [out]);
      written.push(files.evaluation, files.report);
    }
    if (existsSync(files.skipped)) written.push(files.skipped);
    return {
      out,
      ended,
      iterations: done,
      seconds,
      before,
      evaluation,
      files: written.map(file => basename(file)),
      ...(options.skipBad && { skipped: skipped() }),
    };
  } finally {
    await stream.return?.();
    progress.finish();
    log.close();
    interruption.release();
    traced?.step.dispose();
    traced?.update.dispose();
    lattice.dispose();
    optimizer.dispose();
    network.dispose();
  }
}

function describeBackbone({ backbone }: Recipe): string {
  return typeof backbone === 'string' ? backbone : `ViT ${backbone.embedSize}×${backbone.depth}, patch ${backbone.patchSize}`;
}
