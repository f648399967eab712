import { type SegmentationDataset, trainingBatches } from '@wsss/datasets';
import type { Engine, TraceOptions } from '@wsss/engine';
import { createNetwork, type Recipe, type ScheduleShares, startIterations } from '@wsss/pipelines';

type Losses = Record<string, number>;

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
  engine: Engine;
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
  const { recipe, shares, dataset, engine, onProgress = () => {} } = options;
  const { iterations, batch: batchSize, crop, seed, augmentation, variant } = recipe;
  const network = createNetwork(recipe, dataset.classes.length);
  const started = await startIterations({ network, recipe, shares, engine, tracing: mode === 'plain' ? null : tracing[mode] });
  const losses: Losses[] = [];
  try {
    for await (const batch of trainingBatches({ dataset, batchSize, crop, seed, variant, augmentation, count: iterations })) {
      const iteration = losses.length;
      const result = await started.iterate([{ batch, position: iteration }], iteration);
      losses.push(result.losses);
      if (losses.length % 10 === 0) onProgress(`${mode}: ${losses.length} of ${iterations}, total ${result.losses.total!.toFixed(6)}`);
    }
  } finally {
    started.dispose();
    network.dispose();
  }
  return losses;
}
