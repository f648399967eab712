import { Argument, type Command } from 'commander';
import { shapes } from '../recipes/shapes.js';
import { pretrainOnShapes } from '../training/pretrain.js';
import { type EngineChoice, engineOptions, integer, startChosenEngine } from './options.js';

/** mcc pretrain: makes the small encoder that runs on Shapes start from. */
export function addCommand(command: Command): void {
  command
    .description('Pretrains the small encoder of the Shapes recipe on naming the classes in generated images.')
    .addArgument(new Argument('<dataset>', 'what to pretrain on').choices(['shapes']))
    .requiredOption('--out <dir>', 'folder of the run')
    .option('--iterations <n>', 'updates', integer(1), 1000)
    .option('--batch <n>', 'images an update', integer(1), 32)
    .option('--seed <n>', 'seed of everything random', integer(0), 0);
  for (const option of engineOptions()) command.addOption(option);
  command.action(async (_: string, options: EngineChoice & { out: string; iterations: number; batch: number; seed: number }) => {
    const engine = await startChosenEngine(options);
    const { out, iterations, batch, seed } = options;
    const { file, f1, ended } = await pretrainOnShapes({ recipe: { ...shapes, seed }, iterations, batch, learningRate: 1e-3, out, engine });
    process.stderr.write(file ? `${file}: F1 on held-out images ${f1.toFixed(3)}\n` : 'Interrupted; nothing was written.\n');
    if (ended === 'interrupted') process.exitCode = 130;
  });
}
