import { openDataset } from '@wsss/datasets';
import { integer, recipes, words } from '@wsss/pipelines';
import { type Command, InvalidArgumentError } from 'commander';
import { compareLosses, type StepMode, stepModes } from '../bench/losses.js';
import { addBenchmark, backboneNamed } from './benchmark.js';

interface Options {
  backbone: string;
  crop: number;
  batch: number;
  iterations: number;
  seed: number;
  modes: Exclude<StepMode, 'plain'>[];
}

/** mcc bench losses */
export function addLossesBenchmark(bench: Command): void {
  const known: string[] = stepModes.filter(mode => mode !== 'plain');
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
      'Trains a network on Shapes several times from the same seed: operation by operation, and as traced graphs of each mode, and gives the largest differences of the losses.',
    )
    .option('--backbone <name>', 'deit_tiny, deit_small, … or the full name', 'deit_tiny')
    .option('--crop <pixels>', 'side of the training crop', integer(16), 128)
    .option('--batch <n>', 'images', integer(1), 2)
    .option('--iterations <n>', 'of each run', integer(1), 50)
    .option('--seed <n>', 'of weights, samples and masks', integer(0), 0)
    .option('--modes <names>', `of ${known.join(', ')}`, modesOf, ['traced']);
  addBenchmark(command, {
    engine: true,
    example: 'mcc bench losses --engine native --modes traced,bfloat16,xla',
    measure: async ({ crop, batch, iterations, seed, modes, ...options }: Options, start) => {
      const backbone = backboneNamed(options.backbone);
      const engine = await start();
      if (!engine.canTrace) throw new Error(`mcc bench losses needs an engine that traces, native or cuda; ${engine.name} is running`);
      const { recipe, shares } = recipes.voc;
      const found = await compareLosses({
        recipe: { ...recipe, backbone, crop, batch, iterations, seed },
        shares,
        engine,
        dataset: await openDataset('shapes', { split: 'train' }),
        modes,
      });
      return { backbone, crop, batch, iterations, seed, engine: engine.version, modes: found };
    },
    lines: ({ backbone, crop, batch, iterations, seed, engine, modes }) => [
      `${backbone}, crop ${crop}, batch ${batch}, ${iterations} iterations, seed ${seed}, ${engine}`,
      'largest difference to the plain run, |a − b| / max(1, |b|):',
      ...modes.map(({ mode, largest, apart, total }) => {
        const each = Object.entries(largest).map(([name, value]) => `${name} ${value.toExponential(1)}`);
        return `${mode}: ${each.join(', ')}; ${apart ? `above 1e-4 from iteration ${apart} on` : 'never above 1e-4'}; total at the end ${total.mode.toFixed(5)} beside ${total.plain.toFixed(5)}`;
      }),
    ],
  });
}
