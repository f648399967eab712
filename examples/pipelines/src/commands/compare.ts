import { join } from 'node:path';
import { datasetName } from '@wsss/datasets';
import { writeAtomically } from '@wsss/train';
import type { Command } from 'commander';
import { compareRuns } from '../compare/compare-runs.js';
import { readComparison } from '../compare/comparison.js';
import { comparisonPage, comparisonTable } from '../compare/comparison-page.js';
import { configurations } from '../compare/configurations.js';
import { startingWeights } from '../network/starting-weights.js';
import { chooseRecipe } from '../recipes/choose-recipe.js';
import { readJson } from '../recipes/read-json.js';
import { type RecipeOptions, recipeOf } from '../recipes/recipe-of-options.js';
import { recipes } from '../recipes/registry.js';
import { claimFile, isOwnPage } from '../run/outputs.js';
import type { TrainingRunOptions } from '../training/prepare.js';
import { datasetArgument } from './checkpoint-on-split.js';
import {
  checked,
  type EngineChoice,
  engineOptions,
  forceOption,
  integer,
  pixels,
  presetOption,
  startChosenEngine,
  words,
} from './options.js';

interface CompareOptions
  extends EngineChoice,
    RecipeOptions,
    Pick<TrainingRunOptions, 'out' | 'weights' | 'prefix' | 'trainSplit' | 'valSplit' | 'labels' | 'meanOver'> {
  configurations: string[];
  seeds: number[];
  data?: string;
  preset?: 'paper' | 'small';
  fromScratch?: boolean;
  reportOnly?: boolean;
  json?: boolean;
  force?: boolean;
}

/** mcc compare: trains configurations over seeds and writes one report about all. */
export function addCommand(command: Command): void {
  command
    .description(
      'Trains each configuration with each seed and writes one report: mean ± deviation of CAM and segmentation mIoU, time, curves. ' +
        'The same command goes on where it was stopped: runs that are done are not repeated.',
    )
    .addArgument(datasetArgument('what to train on'))
    .requiredOption('--out <dir>', 'folder of the runs; compare.html and compare.json go there too')
    .option(
      '--configurations <names>',
      'what to compare, separated by commas: ablation (plain, segmentation, affinity, token, mcc), ' +
        'mask-ratio (mcc-ratio-0.5 … mcc-ratio-0.99), mask-scale (mcc-cell-1, 2, 4, 7), any of these names, ' +
        'or JSON files with values of the recipe',
      words,
      ['ablation'],
    )
    .option('--seeds <list>', 'seeds, separated by commas', seedList, [0])
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012)')
    .option('--backbone <name>', 'encoder, such as vit_tiny_patch16_224')
    .option('--weights <file>', 'pretrained weights of the encoder')
    .option('--prefix <text>', "what stands before the encoder's names in --weights, if there are several encoders")
    .option('--from-scratch', 'shapes: do not start from the small pretrained encoder that comes along')
    .option('--crop <pixels>', 'side of the training crops', pixels(1))
    .option('--iterations <n>', 'length of every run', integer(1))
    .option('--batch <n>', 'images an iteration', integer(1))
    .option('--config <file>', 'JSON with values of the recipe that all configurations share')
    .option('--train-split <name>', 'split to train on')
    .option('--val-split <name>', 'split to evaluate with')
    .option('--mean-over <classes>', 'also report the mean IoU over these classes and background', words)
    .option('--labels <source>', 'image-level labels to train on, see mcc train')
    .option('--report-only', 'train nothing; report the runs that have ended')
    .option('--json', 'print the comparison as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  mcc compare shapes --out runs/ablation --seeds 0,1
  mcc compare shapes --out runs/masks --configurations mask-ratio,mask-scale
  mcc compare voc --data VOCdevkit/VOC2012 --backbone vit_tiny_patch16_224 --weights vit_tiny.safetensors --crop 256 \\
    --iterations 600 --seeds 0,1 --out runs/voc-ablation --mean-over cat,cow,dog,horse,person,sheep --engine native`,
    );
  for (const option of [presetOption(), forceOption(), ...engineOptions()]) command.addOption(option);
  command.action(async (name: string, options: CompareOptions) => {
    const dataset = datasetName(name);
    const { out, seeds, trainSplit, valSplit, labels, meanOver, prefix } = options;
    const chosen = configurations(options.configurations, file => readJson(file, '--configurations') as object);
    const { recipe, remark } = options.reportOnly
      ? { recipe: recipeOf(recipes[dataset].recipe, options) }
      : await chooseRecipe(dataset, { ...options, root: options.data });
    if (remark) process.stderr.write(`${remark}\n`);
    const weights = startingWeights(dataset, recipe, options);
    const files = { page: join(out, 'compare.html'), numbers: join(out, 'compare.json') };
    const outputs = { inputs: [options.data, options.weights, options.config], force: options.force };
    claimFile('--out', files.page, outputs, isOwnPage);
    claimFile('--out', files.numbers, outputs, head => head.includes('"compared"') || head.startsWith('{\n  "dataset"'));
    const train = async () =>
      compareRuns({
        ...{ dataset, root: options.data, trainSplit, valSplit, labels, recipe, weights, prefix, meanOver, out, seeds },
        configurations: chosen,
        engine: await startChosenEngine(options),
      });
    const finished = options.reportOnly || (await train());
    const comparison = readComparison(out, chosen, seeds);
    const numbers = `${JSON.stringify({ dataset: name, recipe, compared: comparison.compared }, null, 2)}\n`;
    await writeAtomically(files.page, comparisonPage(comparison, `${name}: ${chosen.length} configurations`));
    await writeAtomically(files.numbers, numbers);
    process.stderr.write(`${comparisonTable(comparison)}\nWritten to ${files.page} and ${files.numbers}\n`);
    if (options.json) process.stdout.write(numbers);
    if (finished) return;
    process.stderr.write('Interrupted; go on with the same command.\n');
    process.exitCode = 130;
  });
}

function seedList(text: string): number[] {
  const seeds = text.split(',').map(part => (/^\d+$/.test(part.trim()) ? Number(part) : Number.NaN));
  const isRight = seeds.every(Number.isSafeInteger) && new Set(seeds).size === seeds.length;
  return checked(seeds, isRight, 'different whole numbers separated by commas', text);
}
