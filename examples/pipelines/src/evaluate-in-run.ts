import type { SegmentationDataset } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { Progress, type TextStream } from '@wsss/train';
import { evaluate } from './evaluate.js';
import { type EvaluationSummary, type Subset, summarise } from './evaluation-summary.js';
import type { SegmentationNetwork } from './model/segmentation-network.js';
import { backboneOf } from './recipes/check-recipe.js';
import type { Recipe } from './recipes/recipe.js';
import { trainingProtocol } from './segmenter.js';

export interface EvaluationInRun {
  dataset: SegmentationDataset;
  recipe: Recipe;
  subset?: Subset;
  engine: Engine;
  /** Where its progress is shown. */
  stream: TextStream;
  signal: AbortSignal;
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
  { dataset, recipe, subset, engine, stream, signal }: EvaluationInRun,
): Promise<EvaluationSummary | undefined> {
  const size = recipe.evaluation.size ?? recipe.crop;
  const { scales, background } = recipe.cam;
  const label = `evaluate after ${iteration} iterations`;
  const bar = new Progress({ total: dataset.length, label, stream, every: { percent: 25, seconds: 120 } });
  const found = await evaluate(network, dataset, {
    size,
    scales,
    background,
    normalisation: backboneOf(recipe),
    batch: recipe.evaluation.batch,
    engine,
    onImage: done => bar.update(done),
    signal,
  });
  bar.finish();
  const about = {
    iteration,
    protocol: trainingProtocol(size),
    size,
    scales,
    seed: recipe.seed,
    recipe: recipe.recipe,
    engine: engine.version,
  };
  return signal.aborted ? undefined : summarise(found, dataset, about, subset);
}
