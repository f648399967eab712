import { join } from 'node:path';
import { scores } from '@wsss/metrics';
import { type Communicator, folderOfRank, inJob } from '@wsss/parallel';
import { writeAtomically } from '@wsss/train';
import { Argument, type Command, Option } from 'commander';
import { datasetName, datasetNames, openDataset, recipes } from '../data/open-dataset.js';
import { type ScoredActivations, scoreActivations, type ThresholdKind, thresholdTable } from '../evaluation/cam-scores.js';
import { type ImageStream, passOverImages } from '../evaluation/image-pass.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { lineChart } from '../report/charts.js';
import { pictureSheet } from '../report/picture-sheet.js';
import { makeOutputFolder } from '../run/output-folder.js';
import { checkClasses } from './eval.js';
import { type EngineChoice, engineOptions, integer, positiveNumbers, share, startChosenEngine } from './options.js';
import { trainedNetwork } from './trained-network.js';

interface CamOptions extends EngineChoice {
  checkpoint: string;
  out: string;
  data?: string;
  split?: string;
  size?: number;
  scales?: number[];
  background?: number;
  arrays?: 'npy' | 'safetensors';
  show: number;
  json?: boolean;
}

/** mcc cam: class activation maps of a split. */
export function addCamCommand(program: Command): void {
  const command = program
    .command('cam')
    .summary('class activation maps: heat maps, arrays, scores')
    .description(
      'Computes the class activation maps of both heads for the true classes of every image of a split, scores them against the masks at many background thresholds, and shows some of them.',
    )
    .addArgument(new Argument('<dataset>', 'what to look at').choices([...datasetNames]))
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run, or its folder')
    .requiredOption('--out <dir>', 'folder of the results')
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012)')
    .option('--split <name>', 'split (default: the validation split)')
    .option('--size <pixels>', 'side of the square that images are resized to (default: that of the run)', integer(1))
    .option('--scales <list>', 'scales, separated by commas (default: those of the recipe)', positiveNumbers)
    .option('--background <value>', 'values up to this are background (default: that of the recipe)', share)
    .addOption(new Option('--arrays <format>', 'also save the maps of every image').choices(['npy', 'safetensors']))
    .option('--show <n>', 'images on the page and with heat maps in overlays/, spread evenly', integer(0), 48)
    .option('--json', 'print the scores as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  mcc cam voc --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors --out cams
  mcc cam voc --data VOCdevkit/VOC2012 --split train --checkpoint runs/voc/checkpoint.safetensors --arrays npy --out cams

In DIR: index.html, scores.json, overlays/ID-CLASS.jpg and -auxiliary.jpg, and with --arrays
arrays/ID.safetensors (cam and auxiliary [height, width, M] in half precision, classes [M] as in masks) or arrays/ID.{cam,auxiliary,classes}.npy.
Ctrl-C stops after the images at hand; the same command goes on from there. mpirun -np 4 mcc cam … deals the images out to four processes. Pictures of your own: mcc predict --cam.`,
    );
  for (const option of engineOptions()) command.addOption(option);
  command.action((name: string, options: CamOptions) => inJob('mcc', job => showActivations(job, name, options)));
}

/** This process's part of `mcc cam`. */
async function showActivations(job: Communicator, name: string, options: CamOptions): Promise<void> {
  const dataset = datasetName(name);
  const { out, arrays } = options;
  const split = await openDataset(dataset, { root: options.data, split: options.split ?? recipes[dataset].valSplit });
  await makeOutputFolder(out);
  const engine = await startChosenEngine(options, job);
  const { network, info, hash } = await trainedNetwork(options.checkpoint);
  checkClasses(info, split, options.checkpoint);
  const { recipe } = info;
  const size = options.size ?? recipe.evaluation.size ?? recipe.crop;
  const scales = options.scales ?? recipe.cam.scales;
  const background = options.background ?? recipe.cam.background;
  const thresholds = [...new Set([...Array.from({ length: 19 }, (_, i) => (i + 1) / 20), background])].sort((a, b) => a - b);
  const pass = {
    ...{ job, out, split, engine, label: 'cam', shown: options.show },
    settings: { checkpoint: hash, size, scales, thresholds, arrays },
  };
  const score = (stream: ImageStream<ThresholdKind>) =>
    scoreActivations(network, split, {
      ...stream,
      ...{ out, size, scales, background, thresholds, arrays, shown: options.show, normalization: backboneOf(recipe) },
    });
  const publish = async (found: ScoredActivations) => {
    const results = folderOfRank(job, out);
    const classes = ['background', ...split.classes];
    const { rows, best } = found.matrices ? thresholdTable(found.matrices, thresholds) : { rows: [], best: undefined };
    const at = (head: 'main' | 'auxiliary') => found.matrices && scores(found.matrices[`${head} ${background}`]!);
    const about = {
      ...{ dataset: split.name, split: split.split, images: found.images, checkpoint: hash, iteration: info.iteration },
      ...{
        variant: recipe.variant,
        seed: recipe.seed,
        engine: engine.version,
        size,
        scales,
        mirror: 'max',
        crf: null,
        background,
        classes,
      },
    };
    const summary = { ...about, cam: at('main'), auxiliaryCam: at('auxiliary'), thresholds: rows, best };
    await writeAtomically(join(results, 'scores.json'), `${JSON.stringify(summary)}\n`);
    const percent = (value: number) => (100 * value).toFixed(1);
    const described = `${split.name} ${split.split}, ${found.images} images · ${size}², CAM scales ${scales.join(', ')} (sum), mirror image (maximum) · no CRF · after ${info.iteration} iterations, variant ${recipe.variant}, seed ${recipe.seed}, checkpoint ${hash.slice(0, 12)}`;
    const sentences = best
      ? [
          `At ${background}: CAM ${percent(summary.cam!.miou)}, auxiliary CAM ${percent(summary.auxiliaryCam!.miou)} mIoU.`,
          `Best: CAM ${percent(best.main.main)} at ${best.main.threshold}, auxiliary CAM ${percent(best.auxiliary.auxiliary)} at ${best.auxiliary.threshold}.`,
        ]
      : ['The split has no masks to score against.'];
    const series = (['main', 'auxiliary'] as const).map(head => ({
      name: head === 'main' ? 'CAM' : 'auxiliary CAM',
      points: rows.map(row => [row.threshold, 100 * row[head]] as const),
    }));
    await writeAtomically(
      join(results, 'index.html'),
      pictureSheet({
        title: 'Class activation maps',
        about: [described],
        lead: `<p>${sentences.join(' ')}</p><div class="charts">${lineChart(series, { title: 'mIoU by background threshold, percent', x: 'threshold' })}</div>`,
        entries: found.entries,
      }),
    );
    process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : `${sentences.join('\n')}\n${described}\n`);
    process.stderr.write(`Look at ${join(out, 'index.html')}\n`);
  };
  await passOverImages(pass, score, publish).finally(() => network.dispose());
}
