import type { SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { type Communicator, longPause, SingleProcess } from '@wsss/parallel';
import { Progress, type TextStream, writeAtomically } from '@wsss/train';
import { trainingProtocol } from '../inference/segmenter.js';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe } from '../recipes/recipe.js';
import { imageScore } from '../report/image-scores.js';
import { evaluate } from './evaluate.js';
import type { ImageCounts } from './image-counts.js';
import { evaluationShare } from './share.js';
import { type EvaluationSummary, type Subset, summarize } from './summary.js';

export interface EvaluationInRun {
  dataset: SegmentationDataset;
  recipe: Recipe;
  subset?: Subset;
  engine: Engine;
  /** The ranks that share the work. Default: this process alone. */
  job?: Communicator;
  /** Where its progress is shown. */
  stream: TextStream;
  signal: AbortSignal;
  /** Where to write how well each image was segmented, if anywhere. */
  imageScores?: string;
}

/**
 * Scores a network as the recipe says.
 *
 * @param iteration iterations it has been trained for.
 * @returns undefined if it was interrupted.
 */
export async function evaluateInRun(
  network: SegmentationNetwork,
  iteration: number,
  { dataset, recipe, subset, engine, job = new SingleProcess(), stream, signal, imageScores }: EvaluationInRun,
): Promise<EvaluationSummary | undefined> {
  const size = recipe.evaluation.size ?? recipe.crop;
  const { scales, background } = recipe.cam;
  const label = `evaluate after ${iteration} iterations`;
  const bar = new Progress({ total: dataset.length, label, stream, every: { percent: 25, seconds: 120 } });
  const own: ImageCounts[] = [];
  const share = evaluationShare(job, dataset, recipe.evaluation.batch);
  job.alive(longPause);
  const found = await evaluate(network, dataset, {
    size,
    scales,
    background,
    normalization: backboneOf(recipe),
    batch: recipe.evaluation.batch,
    engine,
    share,
    onCounts: async counts => {
      own.push(counts);
    },
    onImage: done => {
      job.alive(longPause);
      bar.update(Math.min(done * job.worldSize, dataset.length));
    },
    signal,
  });
  const all = (await share?.exchange(own)) ?? own;
  bar.finish();
  const about = {
    iteration,
    protocol: trainingProtocol(size),
    size,
    scales,
    seed: recipe.seed,
    variant: recipe.variant,
    engine: engine.version,
  };
  if (signal.aborted) return undefined;
  if (imageScores) {
    const images = all.map(counts => imageScore(counts, network.classes + 1)).sort((a, b) => a.index - b.index);
    await writeAtomically(imageScores, `${JSON.stringify({ iteration, images })}\n`);
  }
  return summarize(found, dataset, about, subset);
}
