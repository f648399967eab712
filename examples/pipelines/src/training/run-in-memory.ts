import { version_core } from '@tensorflow/tfjs-core';
import type { SegmentationDataset } from '@wsss/datasets';
import { trainingBatches } from '@wsss/datasets/batches';
import type { DatasetName } from '@wsss/datasets/names';
import { type Checkpoint, type LoopState, runTraining } from '@wsss/train/runs';
import { checkFit, type PretrainedEncoder, withPartsOf } from '../network/pretrained-encoder.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf, checkRecipe } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/registry.js';
import { intervals } from '../recipes/schedule.js';
import type { Advised } from '../run/advice.js';
import { checkpointOf, requireFinite, type TrainingContent } from '../run/checkpoint-content.js';
import { checkpointInfo } from './describe-checkpoint.js';
import { divideRun } from './divided-run.js';
import { guessOf } from './guess.js';
import { LearningWatch } from './learning-watch.js';
import type { Losses } from './losses.js';
import { type AnyEngine, requireRoom } from './memory-estimate.js';
import { settleArtifacts } from './settle-artifacts.js';
import { startIterations } from './start-iterations.js';
import { startingNetwork } from './starting-network.js';
import { trainingInput } from './training-input.js';

export interface MemoryRunOptions {
  /** Whose schedule the recipe follows. */
  dataset: DatasetName;
  recipe: Recipe;
  /** What is learned from. */
  train: SegmentationDataset;
  engine: AnyEngine;
  /** The encoder to start from, and what errors call it. */
  pretrained?: { encoder: PretrainedEncoder; source: string };
  /** What the run goes on from: what {@link MemoryRun.train} saved. Its network becomes the run's. */
  earlier?: TrainingContent;
}

/** What is heard of a run while it goes on. */
interface RunListeners {
  /** Aborted to stop after the current iteration; the run is saved then. */
  signal?: AbortSignal;
  /** After each iteration: how many are done, its losses, and the recent F1 of the labels beside that of guessing. */
  onIteration?: (done: number, losses: Losses, recent: { f1: number; guessed: number }) => unknown;
  /** What people should know. */
  onRemark?: (remark: Advised) => unknown;
  /** Saves the run, every `log.checkpointEvery` iterations, when it is stopped and at the end. */
  onCheckpoint?: (done: number, checkpoint: Checkpoint) => unknown;
  /** Saving failed; the run goes on and tries again. Without it, the error ends the run. */
  onCheckpointFailed?: (done: number, error: unknown) => unknown;
  /** Every `evaluation.every` iterations, and at the end. */
  onEvaluate?: (done: number) => unknown;
}

/** A training run without files, in a page or in Node. */
export interface MemoryRun {
  /** Its network, which this object owns. */
  readonly network: SegmentationNetwork;
  /** The recipe with all decided that it leaves to the weights. */
  readonly recipe: Recipe;
  /** Iterations done before. */
  readonly start: number;
  /** What people should know of the weights. */
  readonly remark?: Advised;
  train(listeners: RunListeners): Promise<'finished' | 'interrupted'>;
  /** Frees everything, the network too. */
  dispose(): void;
}

/**
 * Prepares a training run that reads and writes no file. Its iterations are those of `mcc train`, number by number; its checkpoints are the
 * same, too, and each can go on with those of the other.
 *
 * @throws Error when recipe, weights or memory do not fit.
 */
export async function runInMemory(options: MemoryRunOptions): Promise<MemoryRun> {
  const { dataset, train, engine, pretrained, earlier } = options;
  checkRecipe(options.recipe);
  const asked = withPartsOf(options.recipe, pretrained?.encoder.sizes ?? {});
  if (pretrained) checkFit(backboneOf(asked), pretrained.encoder, pretrained.source);
  requireRoom(asked, train.classes.length, engine);
  const { recipe, network, remark } = earlier
    ? { recipe: earlier.recipe, network: earlier.network, remark: undefined }
    : await settleArtifacts(asked, train, startingNetwork(asked, { classes: train.classes.length, pretrained, engine }));
  const iterations = await startIterations({
    ...{ network, recipe, engine, shares: recipes[dataset].shares },
    ...(earlier && { carried: earlier.carried, recompute: earlier.info.about.recompute }),
  }).catch(error => {
    network.dispose();
    throw error;
  });
  const start = earlier?.info.iteration ?? 0;
  const division = divideRun(recipe, { worldSize: 1 }, earlier?.info);
  const code = { mcc: '0.0.0', commit: null, node: globalThis.process?.version ?? 'browser', tfjs: version_core };
  const about = { ...{ dataset, train, recipe, engine, division, code, job: { worldSize: 1 } }, ...iterations };
  const save = async (loop: LoopState) => {
    const checkpoint = await checkpointOf(network, await iterations.carried(), checkpointInfo(loop, about));
    requireFinite(checkpoint, loop.iteration);
    return checkpoint;
  };
  return {
    ...{ network, recipe, start, remark },
    train: async ({ signal, onIteration, onRemark, onCheckpoint, onCheckpointFailed, onEvaluate }) => {
      const watch = new LearningWatch(await guessOf(train), iterations.schedule, start);
      const input = trainingInput(train, recipe, { rank: 0, worldSize: 1 }, { start, division, batches: trainingBatches });
      try {
        const { ended } = await runTraining({
          iterations: recipe.iterations,
          start: earlier?.info.loop,
          skipAtMost: recipe.optimizer.skipAtMost,
          signal,
          every: intervals(recipe),
          input: iteration => input.next(iteration),
          step: async (iteration, parts) => {
            const { losses, gradientNorm } = await iterations.iterate(parts, iteration);
            await onIteration?.(iteration + 1, losses as Losses, watch.note(losses as Losses));
            return { ...losses, gradientNorm };
          },
          onLog: (done, means) => {
            for (const remark of watch.remarks(done, means)) onRemark?.(remark);
          },
          onCheckpoint: async (done, loop) => onCheckpoint?.(done, await save(loop)),
          onCheckpointFailed,
          onEvaluate,
        });
        return ended;
      } finally {
        await input.close();
      }
    },
    dispose: () => {
      iterations.dispose();
      network.dispose();
    },
  };
}
