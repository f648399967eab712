import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { createRandom, type TrainingBatch, trainingBatches } from '@wsss/datasets';
import { assertFits, type Engine } from '@wsss/engine';
import { drawKeyMasks } from '@wsss/mcc';
import { AdamW, catchInterruption, GradientAccumulator, Progress, polyWarmup, RunLog, runTraining, writeAtomically } from '@wsss/train';
import { parseSafetensors } from '@wsss/weights';
import { createNetwork, loadTraining, saveTraining } from './checkpointing.js';
import { evaluate } from './evaluate.js';
import { type EvaluationSummary, summarise, summaryTable } from './evaluation-summary.js';
import { estimateTrainingBytes } from './memory-estimate.js';
import type { SegmentationNetwork } from './model/segmentation-network.js';
import { normaliseImages } from './normalise-images.js';
import { type DatasetName, openDataset, recipes } from './open-dataset.js';
import { parameterGroups } from './parameter-groups.js';
import { backboneOf, checkRecipe } from './recipes/check-recipe.js';
import { type Recipe, scheduleOf } from './recipes/recipe.js';
import { writeReport } from './report/write-report.js';
import { lossNames, type StepBatch, type StepSettings, stepInputs, trainStep } from './train-step.js';

export interface TrainingRunOptions {
  dataset: DatasetName;
  /** Folder of the data, where the dataset has one. */
  root?: string;
  /** Splits to train on and to evaluate with; default: the dataset's usual ones. */
  trainSplit?: string;
  valSplit?: string;
  recipe: Recipe;
  /** Weights of the encoder, a safetensors file. Without it training starts from random weights. */
  weights?: string;
  /** Folder of the run. */
  out: string;
  engine: Engine;
  /** Go on from the checkpoint in the folder. */
  resume?: boolean;
  /** Means over some classes, reported beside the mean over all: name and class names. */
  subset?: { name: string; classes: readonly string[] };
}

export interface TrainingRunResult {
  out: string;
  ended: 'finished' | 'interrupted';
  iterations: number;
  seconds: number;
  before?: EvaluationSummary;
  evaluation?: EvaluationSummary;
  files: string[];
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
  const checkpointFile = join(out, 'checkpoint.safetensors');
  refuseOverwriting(out, checkpointFile, resume);
  const train = await openDataset(name, { root: options.root, split: options.trainSplit ?? trainSplit });
  const val = await openDataset(name, { root: options.root, split: options.valSplit ?? valSplit });

  const earlier = resume ? await loadTraining(checkpointFile) : undefined;
  if (earlier) checkSameRun(earlier.info.recipe, recipe, checkpointFile);
  const startWeights = options.weights ? parseSafetensors(readWeights(options.weights), options.weights).tensors : undefined;
  const initialNetwork = () => {
    const network = createNetwork(recipe, train.classes.length);
    if (startWeights) network.encoder.load(startWeights, { source: options.weights });
    return network;
  };
  const network = earlier?.network ?? initialNetwork();
  const trainable = network.trainable();
  const values = [...trainable.values()].reduce((sum, { size }) => sum + size, 0);
  assertFits(
    engine,
    estimateTrainingBytes(recipe, backbone, train.classes.length, values),
    `training ${describeBackbone(recipe)} on ${recipe.batch} crops of ${recipe.crop} pixels`,
  );

  const { learningRate, headLearningRate, weightDecay, beta1, beta2, warmupRatio, power } = recipe.optimizer;
  const optimizer = new AdamW(parameterGroups(network, { learningRate, headLearningRate }), { beta1, beta2, weightDecay });
  if (earlier) optimizer.load(earlier.optimizer);
  const { iterations, batch: batchSize, accumulate, crop, seed } = recipe;
  const schedule = scheduleOf(recipe, shares);
  const factor = polyWarmup({ iterations, warmupIterations: schedule.warmupIterations, warmupRatio, power });
  const start = earlier?.info.iteration ?? 0;
  const info = (iteration: number) => ({ dataset: name, classes: [...train.classes], recipe, iteration });

  await writeAtomically(join(out, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`);
  const progress = new Progress({ total: iterations, start, label: 'train' });
  const log = new RunLog(out, { clock: Date.now, stream: progress });
  const interruption = catchInterruption();
  log.say(
    `${name} ${train.split}: ${train.length} images · ${describeBackbone(recipe)}, ${(values / 1e6).toFixed(1)} M trainable values · ${engine.version} · writing to ${out}`,
  );

  const evaluateNow = async (subject: SegmentationNetwork, when: number, kind: string): Promise<EvaluationSummary> => {
    const bar = new Progress({
      total: val.length,
      label: `evaluate after ${when} iterations`,
      stream: progress,
      every: { percent: 25, seconds: 120 },
    });
    const found = await evaluate(subject, val, {
      size: recipe.evaluation.size ?? crop,
      scales: recipe.cam.scales,
      background: recipe.cam.background,
      normalisation: backbone,
      batch: recipe.evaluation.batch,
      onImage: done => bar.update(done),
      signal: interruption.signal,
    });
    bar.finish();
    const summary = summarise(
      found,
      val,
      { iteration: when, size: recipe.evaluation.size ?? crop, scales: recipe.cam.scales, seed },
      options.subset,
    );
    if (!interruption.signal.aborted) log.record(kind, when, summary.means);
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
  })[Symbol.asyncIterator]();
  const accumulator = new GradientAccumulator();
  const lattice = await LatticeEngine.start({ threads: Math.min(engine.threads, 8) });
  const stepSettings: StepSettings = { ...recipe, normalisation: backbone, filter: request => bilateralFilter(lattice, request) };
  try {
    const plan = (iteration: number) => ({
      segmentation: iteration > schedule.segmentationAfter,
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
        const sums: Record<string, number> = {};
        const now = plan(iteration);
        for (let part = 0; part < accumulate; part++) {
          const { value: batch } = await stream.next();
          const prepared = prepareBatch(batch as TrainingBatch, recipe, iteration * accumulate + part);
          const inputs = stepInputs(prepared, stepSettings);
          const { gradients, losses } = trainStep(network, inputs, now, stepSettings);
          tf.dispose(inputs);
          accumulator.add(gradients);
          const scalars = await losses.data();
          losses.dispose();
          lossNames.forEach((loss, i) => {
            // A loss that is not yet part of the total is not reported as 0.
            if (now.segmentation || (loss !== 'segmentation' && loss !== 'regularisation'))
              sums[loss] = (sums[loss] ?? 0) + scalars[i]! / accumulate;
          });
        }
        const gradients = accumulator.take();
        optimizer.step(gradients, factor(iteration));
        tf.dispose(gradients);
        progress.update(iteration + 1, { loss: sums.total! });
        return { ...sums, learningRateFactor: factor(iteration), tensors: tf.memory().numTensors };
      },
      onLog: (at, means) => log.record('train', at, means),
      onCheckpoint: at => saveTraining(checkpointFile, network, optimizer, info(at)),
      onEvaluate: async at => {
        evaluation = await evaluateNow(network, at, 'evaluate');
      },
    });
    progress.finish();
    const seconds = (performance.now() - startTime) / 1000;
    const files = ['recipe.json', 'log.jsonl', 'checkpoint.safetensors'];
    if (ended === 'finished' && evaluation) {
      if (recipe.evaluation.before) {
        // The network as it was before training follows from the seed; it is scored last so that training starts at once.
        const initial = initialNetwork();
        before = await evaluateNow(initial, 0, 'before');
        initial.dispose();
      }
      await writeAtomically(join(out, 'evaluation.json'), `${JSON.stringify({ before, evaluation }, null, 2)}\n`);
      log.say(summaryTable(evaluation, before));
      await writeReport(join(out, 'report.html'), {
        title: `${name} · ${describeBackbone(recipe)}`,
        logFile: join(out, 'log.jsonl'),
        recipe,
        before,
        evaluation,
        network,
        dataset: val,
        normalisation: backbone,
      });
      files.push('evaluation.json', 'report.html');
    }
    return { out, ended, iterations: done, seconds, before, evaluation, files };
  } finally {
    await stream.return?.();
    progress.finish();
    log.close();
    interruption.release();
    accumulator.dispose();
    lattice.dispose();
    optimizer.dispose();
    network.dispose();
  }
}

/** A batch from the loader as an iteration takes it, with masks drawn from the run's seed and the batch's position. */
export function prepareBatch(batch: TrainingBatch, recipe: Recipe, position: number): StepBatch {
  const backbone = backboneOf(recipe);
  const shape = [batch.size, batch.crop, batch.crop, 3] as const;
  const side = batch.crop / backbone.patchSize;
  const random = createRandom(recipe.seed, 'key masks', position);
  return {
    image: normaliseImages(batch.view1, shape, backbone),
    globalView: normaliseImages(batch.view2, shape, backbone),
    localView: normaliseImages(batch.local, shape, backbone),
    boxes: batch.boxes,
    labels: batch.labels,
    masks: drawKeyMasks(() => random.uniform(), batch.size, [side, side], recipe.masks),
  };
}

function refuseOverwriting(out: string, checkpointFile: string, resume?: boolean): void {
  if (resume && !existsSync(checkpointFile)) throw new Error(`--resume: there is no ${checkpointFile}; start without --resume`);
  if (!resume && existsSync(join(out, 'log.jsonl')))
    throw new Error(`${out} already holds a run; choose another --out, or go on with it by --resume`);
}

function checkSameRun(saved: Recipe, now: Recipe, file: string): void {
  const differing = Object.keys(saved).filter(
    key => JSON.stringify(saved[key as keyof Recipe]) !== JSON.stringify(now[key as keyof Recipe]),
  );
  if (differing.length)
    throw new Error(
      `--resume: ${differing.join(', ')} of the recipe differ from those in ${file}; resume with the settings the run began with`,
    );
}

function readWeights(file: string): Uint8Array {
  if (!existsSync(file)) throw new Error(`--weights: ${file} not found`);
  return readFileSync(file);
}

function describeBackbone({ backbone }: Recipe): string {
  return typeof backbone === 'string' ? backbone : `ViT ${backbone.embedSize}×${backbone.depth}, patch ${backbone.patchSize}`;
}
