import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import type { Engine } from '@wsss/engine';
import type { Optimizer } from '@wsss/train';
import type { SegmentationNetwork } from '../network/segmentation-network.js';
import { backboneOf } from '../recipes/check-recipe.js';
import type { Recipe, Schedule } from '../recipes/recipe.js';
import type { IterationContext } from './iteration.js';
import type { StepPlan, StepSettings } from './losses.js';
import { TracedTrainStep } from './traced-step.js';
import { TracedUpdate } from './traced-update.js';

/** What the iterations of a run share. */
export interface StartedIterations {
  context: IterationContext;
  /** What an iteration's place in the schedule decides. */
  plan(iteration: number): StepPlan;
  dispose(): void;
}

/**
 * Starts what the iterations of a run share: the lattice's threads, and traced graphs on engines that can.
 *
 * @param options.recompute whether blocks are computed again in the backward pass.
 * @param options.reduceGradients see {@link IterationContext}.
 */
export async function startIterations(
  network: SegmentationNetwork,
  optimizer: Optimizer,
  recipe: Recipe,
  schedule: Schedule,
  { engine, recompute, reduceGradients }: { engine: Engine; recompute: boolean } & Pick<IterationContext, 'reduceGradients'>,
): Promise<StartedIterations> {
  const lattice = await LatticeEngine.start({ threads: Math.min(engine.threads, 8) });
  const settings: StepSettings = {
    ...recipe,
    recompute,
    normalization: backboneOf(recipe),
    // The lattice takes finite values only. What is not shall reach the loss, where it is noticed.
    filter: request =>
      request.values.every(Number.isFinite) ? bilateralFilter(lattice, request) : new Float32Array(request.values.length).fill(Number.NaN),
  };
  const bfloat16 = recipe.precision === 'bfloat16';
  const traced = engine.canTrace
    ? { step: new TracedTrainStep(network, settings, { bfloat16 }), update: new TracedUpdate(optimizer) }
    : undefined;
  const segments = recipe.weights.segmentation > 0 || recipe.weights.denseEnergy > 0;
  return {
    context: { network, optimizer, settings, traced, clipNorm: recipe.optimizer.clipNorm, reduceGradients },
    plan: iteration => ({
      segmentation: segments && iteration > schedule.segmentationAfter,
      mainCamForMasks: iteration > schedule.mainCamForMasksAfter,
      mainCamForLabels: iteration > schedule.mainCamForLabelsAfter,
    }),
    dispose: () => {
      traced?.step.dispose();
      traced?.update.dispose();
      lattice.dispose();
    },
  };
}
