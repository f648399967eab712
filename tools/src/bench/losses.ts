import { type SegmentationDataset, trainingBatches } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { createNetwork, type Recipe, type ScheduleShares, startIterations } from '@wsss/pipelines';
import { progress } from './rounds.js';

type Losses = Record<string, number>;

/** How traced graphs are computed: in float32, with products in bfloat16, or compiled by XLA. */
export const tracedModes = { traced: {}, bfloat16: { bfloat16: true }, xla: { xla: true } };
export type TracedMode = keyof typeof tracedModes;

export interface LossComparisonOptions {
  /** With the number of iterations, the seed and the crop. */
  recipe: Recipe;
  shares: ScheduleShares;
  dataset: SegmentationDataset;
  engine: Engine;
  /** What is compared with iterations that are computed operation by operation. */
  modes: readonly TracedMode[];
}

/**
 * Trains the same network on the same samples several times, on an engine that traces, and says how far each way of computing takes the
 * losses from those of the plain one.
 */
export async function compareLosses({ modes, ...options }: LossComparisonOptions) {
  const plain = await lossesOf('plain', options);
  const differences = [];
  for (const mode of modes) {
    const found = await lossesOf(mode, options);
    // Over all iterations, |a − b| / max(1, |b|), and the first in which one is above 1e-4, counted from 1.
    const largest: Losses = {};
    let apart: number | undefined;
    for (const [i, losses] of plain.entries())
      for (const [name, expected] of Object.entries(losses)) {
        const difference = Math.abs(found[i]![name]! - expected) / Math.max(1, Math.abs(expected));
        largest[name] = Math.max(largest[name] ?? 0, difference);
        if (difference > 1e-4) apart ??= i + 1;
      }
    // The total: its mean over the last tenth.
    differences.push({ mode, largest, apart, total: { plain: endOf(plain), mode: endOf(found) } });
  }
  return differences;
}

function endOf(run: readonly Losses[]): number {
  const last = run.slice(-Math.ceil(run.length / 10));
  return last.reduce((sum, { total }) => sum + total! / last.length, 0);
}

async function lossesOf(mode: 'plain' | TracedMode, options: Omit<LossComparisonOptions, 'modes'>): Promise<Losses[]> {
  const { recipe, shares, dataset, engine } = options;
  const { iterations, batch: batchSize, crop, seed, augmentation, variant } = recipe;
  const network = createNetwork(recipe, dataset.classes.length);
  const started = await startIterations({ network, recipe, shares, engine, tracing: mode === 'plain' ? null : tracedModes[mode] });
  const losses: Losses[] = [];
  try {
    for await (const batch of trainingBatches({ dataset, batchSize, crop, seed, variant, augmentation, count: iterations })) {
      const iteration = losses.length;
      const result = await started.iterate([{ batch, position: iteration }], iteration);
      losses.push(result.losses);
      if (losses.length % 10 === 0) progress(`${mode}: ${losses.length} of ${iterations}, total ${result.losses.total!.toFixed(6)}`);
    }
  } finally {
    started.dispose();
    network.dispose();
  }
  return losses;
}
