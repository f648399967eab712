import { bilateralFilter, LatticeEngine } from '@wsss/crf';
import { type SegmentationDataset, trainingBatches } from '@wsss/datasets';
import type { TraceOptions } from '@wsss/engine';
import {
  backboneOf,
  createNetwork,
  type IterationContext,
  type Losses,
  parameterGroups,
  prepareBatch,
  type Recipe,
  runIteration,
  type ScheduleShares,
  type StepSettings,
  scheduleOf,
  stepInputs,
  TracedTrainStep,
  TracedUpdate,
} from '@wsss/pipelines';
import { AdamW, polyWarmup } from '@wsss/train';

/** How iterations are computed: operation by operation, or as a traced graph, in float32, with products in bfloat16, or compiled by XLA. */
export const stepModes = ['plain', 'traced', 'bfloat16', 'xla'] as const;
export type StepMode = (typeof stepModes)[number];

const tracing: Record<Exclude<StepMode, 'plain'>, Pick<TraceOptions, 'xla' | 'bfloat16'>> = {
  traced: {},
  bfloat16: { bfloat16: true },
  xla: { xla: true },
};

export interface LossComparisonOptions {
  /** With the number of iterations, the seed and the crop. */
  recipe: Recipe;
  shares: ScheduleShares;
  dataset: SegmentationDataset;
  /** What is compared with 'plain'. */
  modes: readonly Exclude<StepMode, 'plain'>[];
  onProgress?: (text: string) => void;
}

export interface LossDifference {
  mode: StepMode;
  /** Largest difference to the plain run's over all iterations, |a − b| / max(1, |b|), of each loss. */
  largest: Losses;
  /** The first iteration in which one of them is above 1e-4, counted from 1. */
  apart?: number;
  /** Means of the total over the last tenth of the iterations. */
  total: { plain: number; mode: number };
}

/**
 * Trains the same network on the same samples several times, on an engine that traces, and says how far each way of computing takes the losses from those of the plain one.
 */
export async function compareLosses({ modes, ...options }: LossComparisonOptions): Promise<LossDifference[]> {
  const plain = await lossesOf('plain', options);
  const differences: LossDifference[] = [];
  for (const mode of modes) {
    const found = await lossesOf(mode, options);
    const largest: Losses = {};
    let apart: number | undefined;
    for (const [i, losses] of plain.entries())
      for (const [name, expected] of Object.entries(losses)) {
        const difference = Math.abs(found[i]![name]! - expected) / Math.max(1, Math.abs(expected));
        largest[name] = Math.max(largest[name] ?? 0, difference);
        if (difference > 1e-4) apart ??= i + 1;
      }
    differences.push({ mode, largest, apart, total: { plain: endOf(plain), mode: endOf(found) } });
  }
  return differences;
}

function endOf(run: readonly Losses[]): number {
  const last = run.slice(-Math.ceil(run.length / 10));
  return last.reduce((sum, { total }) => sum + total! / last.length, 0);
}

async function lossesOf(mode: StepMode, options: Omit<LossComparisonOptions, 'modes'>): Promise<Losses[]> {
  const { recipe, shares, dataset, onProgress = () => {} } = options;
  const { iterations, optimizer: rates, batch: batchSize, crop, seed, augmentation } = recipe;
  const network = createNetwork(recipe, dataset.classes.length);
  const optimizer = new AdamW(parameterGroups(network, rates), rates);
  const lattice = await LatticeEngine.start({ threads: 1 });
  const settings: StepSettings = { ...recipe, normalization: backboneOf(recipe), filter: request => bilateralFilter(lattice, request) };
  const traced = mode === 'plain' ? undefined : { step: new TracedTrainStep(network, settings, tracing[mode]), update: new TracedUpdate(optimizer) }; // biome-ignore format: one line
  const context: IterationContext = { network, optimizer, settings, traced, clipNorm: rates.clipNorm };
  const schedule = scheduleOf(recipe, shares);
  const factor = polyWarmup({ ...rates, iterations, warmupIterations: schedule.warmupIterations });
  const losses: Losses[] = [];
  try {
    for await (const batch of trainingBatches({ dataset, batchSize, crop, seed, variant: recipe.variant, augmentation })) {
      const iteration = losses.length + 1;
      const plan = {
        segmentation: iteration > schedule.segmentationAfter,
        mainCamForMasks: iteration > schedule.mainCamForMasksAfter,
        mainCamForLabels: iteration > schedule.mainCamForLabelsAfter,
      };
      const inputs = () => stepInputs(prepareBatch(batch, recipe, iteration), settings);
      const result = await runIteration(context, [inputs], plan, factor(iteration));
      losses.push(result.losses);
      if (iteration % 10 === 0) onProgress(`${mode}: ${iteration} of ${iterations}, total ${result.losses.total!.toFixed(6)}`);
      if (iteration === iterations) break;
    }
  } finally {
    traced?.step.dispose();
    traced?.update.dispose();
    for (const owner of [lattice, optimizer, network]) owner.dispose();
  }
  return losses;
}
