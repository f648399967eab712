import { openDataset, type SegmentationDataset, trainingBatches } from '@wsss/datasets';
import type { Engine } from '@wsss/engine';
import { createNetwork, integer, type Recipe, recipes, type ScheduleShares, startIterations, words } from '@wsss/pipelines';
import { type Command, InvalidArgumentError } from 'commander';
import { addBenchmark, backboneOption } from './benchmark.js';
import { progress } from './rounds.js';

type Options = Record<'crop' | 'batch' | 'iterations' | 'seed', number> & { backbone: string; modes: TracedMode[] };

/** mcc bench losses */
export function addLossesBenchmark(bench: Command): void {
  const known = Object.keys(tracedModes);
  const modesOf = (text: string) => {
    const modes = words(text);
    const wrong = modes.find(mode => !known.includes(mode));
    if (wrong) throw new InvalidArgumentError(`${wrong} is none of ${known.join(', ')}.`);
    return modes;
  };
  const command = bench
    .command('losses')
    .summary('what traced graphs, bfloat16 and XLA change in the losses')
    .description(
      'Trains a network on Shapes from one seed, plain and as traced graphs of each mode, and gives the largest differences of the losses.',
    )
    .addOption(backboneOption())
    .option('--crop <pixels>', 'side of the training crop', integer(16), 128)
    .option('--batch <n>', 'images', integer(1), 2)
    .option('--iterations <n>', 'of each run', integer(1), 50)
    .option('--seed <n>', 'of weights, samples and masks', integer(0), 0)
    .option('--modes <names>', `of ${known.join(', ')}`, modesOf, ['traced']);
  addBenchmark(command, {
    engine: true,
    example: 'mcc bench losses --engine native --modes traced,bfloat16,xla',
    measure: async ({ backbone, crop, batch, iterations, seed, modes }: Options, start) => {
      const chosen = { backbone, crop, batch, iterations, seed };
      const engine = await start();
      if (!engine.canTrace) throw new Error(`mcc bench losses needs an engine that traces, native or cuda; ${engine.name} is running`);
      const { recipe, shares } = recipes.voc;
      const found = await compareLosses({
        recipe: { ...recipe, ...chosen },
        shares,
        engine,
        dataset: await openDataset('shapes', { split: 'train' }),
        modes,
      });
      return { ...chosen, engine: engine.version, modes: found };
    },
    lines: ({ backbone, crop, batch, iterations, seed, engine, modes }) => [
      `${backbone}, crop ${crop}, batch ${batch}, ${iterations} iterations, seed ${seed}, ${engine}`,
      'largest difference to the plain run, |a − b| / max(1, |b|):',
      ...modes.flatMap(({ mode, largest, apart, total }) => {
        const each = Object.entries(largest).map(([name, value]) => `${name} ${value.toExponential(1)}`);
        return [
          `${mode}: ${each.join(', ')}; ${apart ? `above 1e-4 from iteration ${apart} on` : 'never above 1e-4'}`,
          `  total at the end ${total.mode.toFixed(5)} beside ${total.plain.toFixed(5)}`,
        ];
      }),
    ],
  });
}

type Losses = Record<string, number>;

/** How traced graphs are computed: in float32, with products in bfloat16, or compiled by XLA. */
const tracedModes = { traced: {}, bfloat16: { bfloat16: true }, xla: { xla: true } };
type TracedMode = keyof typeof tracedModes;

interface LossComparisonOptions {
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
