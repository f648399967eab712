import { type EngineChoice, engineOptions, integer, startChosenEngine, words } from '@wsss/pipelines';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { StepMode } from '../bench/losses.js';

interface Options extends EngineChoice {
  backbone: string;
  crop: number;
  batch: number;
  iterations: number;
  seed: number;
  modes: Exclude<StepMode, 'plain'>[];
  json?: boolean;
}

/** mcc bench losses */
export function addLossesBenchmark(bench: Command): void {
  const known = ['traced', 'bfloat16', 'xla'];
  const losses = bench
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
    .option('--modes <names>', `of ${known.join(', ')}`, text => {
      const modes = words(text);
      const wrong = modes.find(mode => !known.includes(mode));
      if (wrong) throw new InvalidArgumentError(`${wrong} is none of ${known.join(', ')}.`);
      return modes;
    }, ['traced']) // biome-ignore format: one option, one line
    .addOption(new Option('--json', 'print the result as JSON on standard output'))
    .addHelpText('after', '\nExample:\n  mcc bench losses --engine native --modes traced,bfloat16,xla');
  for (const option of engineOptions()) losses.addOption(option);
  losses.action(async (options: Options) => {
    const { compareLosses } = await import('../bench/losses.js');
    const { openDataset } = await import('@wsss/datasets');
    const { recipes } = await import('@wsss/pipelines');
    const { findBackbone } = await import('@wsss/vit');
    const backbone = /_patch/.test(options.backbone) ? options.backbone : `${options.backbone}_patch16_224`;
    findBackbone(backbone);
    const engine = await startChosenEngine(options);
    if (!engine.canTrace) throw new Error(`mcc bench losses needs an engine that traces, native or cuda; ${engine.name} is running`);
    const { recipe, shares } = recipes.voc;
    const { crop, batch, iterations, seed, modes } = options;
    const found = await compareLosses({
      recipe: { ...recipe, backbone, crop, batch, iterations, seed },
      ...{ shares, engine },
      dataset: await openDataset('shapes', { split: 'train' }),
      modes,
      onProgress: text => process.stderr.write(`${text}\n`),
    });
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ backbone, crop, batch, iterations, seed, engine: engine.version, modes: found })}\n`);
      return;
    }
    process.stdout.write(`${backbone}, crop ${crop}, batch ${batch}, ${iterations} iterations, seed ${seed}, ${engine.version}\n`);
    process.stdout.write('largest difference to the plain run, |a − b| / max(1, |b|):\n');
    for (const { mode, largest, apart, total } of found) {
      const each = Object.entries(largest).map(([name, value]) => `${name} ${value.toExponential(1)}`);
      process.stdout.write(
        `${mode}: ${each.join(', ')}; ${apart ? `above 1e-4 from iteration ${apart} on` : 'never above 1e-4'}; total at the end ${total.mode.toFixed(5)} beside ${total.plain.toFixed(5)}\n`,
      );
    }
  });
}
