import { DenseCrfPool, paperSettings } from '@wsss/crf';
import { Progress } from '@wsss/train';
import { Argument, type Command } from 'commander';
import { loadTraining } from '../checkpointing.js';
import { evaluate } from '../evaluate.js';
import { summarise, summaryTable } from '../evaluation-summary.js';
import { datasetName, datasetNames, openDataset, recipes } from '../open-dataset.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { type EngineChoice, engineOptions, integer, startChosenEngine, words } from './options.js';

interface EvalOptions extends EngineChoice {
  data?: string;
  split?: string;
  checkpoint: string;
  size?: number;
  meanOver?: string[];
  crf?: boolean;
  json?: boolean;
}

/** mcc eval: scores of a checkpoint on a split. */
export function addEvalCommand(program: Command): void {
  const command = program
    .command('eval')
    .summary('score a checkpoint')
    .description('Scores segmentation, CAM and auxiliary CAM of a checkpoint on a split with masks, by the protocol used during training.')
    .addArgument(new Argument('<dataset>', 'what to evaluate on').choices([...datasetNames]))
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run')
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012; COCO: MSCOCO)')
    .option('--split <name>', 'split to evaluate on (default: the validation split)')
    .option('--size <pixels>', 'side that images are resized to (default: that of the run)', integer(1))
    .option('--mean-over <classes>', 'also report the mean IoU over these classes and background, by name, separated by commas', words)
    .option('--crf', "refine the segmentation by the dense CRF of the paper's evaluation, and score that too")
    .option('--json', 'print the result as JSON on standard output');
  for (const option of engineOptions()) command.addOption(option);
  command.action(async (name: string, options: EvalOptions) => {
    const dataset = datasetName(name);
    const split = await openDataset(dataset, { root: options.data, split: options.split ?? recipes[dataset].valSplit });
    const engine = await startChosenEngine(options);
    const { network, info, hash } = await loadTraining(options.checkpoint);
    if (`${info.classes}` !== `${split.classes}`)
      throw new Error(
        `${options.checkpoint} was trained on the ${info.classes.length} classes of ${info.dataset} (${info.classes.slice(0, 3).join(', ')}, …), not on those of ${name}`,
      );
    const { recipe } = info;
    const size = options.size ?? recipe.evaluation.size ?? recipe.crop;
    const progress = new Progress({ total: split.length, label: 'evaluate' });
    const { scales, background } = recipe.cam;
    const pool = options.crf
      ? await DenseCrfPool.start({ settings: { ...paperSettings, phantomPoints: recipe.recipe === 'paper' } })
      : undefined;
    const found = await evaluate(network, split, {
      size,
      scales,
      background,
      normalisation: backboneOf(recipe),
      batch: recipe.evaluation.batch,
      onImage: done => progress.update(done),
      refine:
        pool &&
        (async ({ width, height, data }, probabilities, id) =>
          (await pool.run({ name: id, width, height, image: data, probabilities })).labels),
    });
    progress.finish();
    await pool?.close();
    network.dispose();
    const about = { iteration: info.iteration, size, scales, seed: recipe.seed, checkpoint: hash };
    const summary = summarise(found, split, about, options.meanOver && { name: 'subset', classes: options.meanOver });
    if (options.json) process.stdout.write(`${JSON.stringify({ ...summary, engine: engine.version, recipe: recipe.recipe })}\n`);
    else process.stdout.write(`${summaryTable(summary)}\n`);
  });
}
