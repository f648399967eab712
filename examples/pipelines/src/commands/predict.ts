import { join } from 'node:path';
import { catchInterruption, Progress, writeAtomically } from '@wsss/train';
import type { Command } from 'commander';
import { describeCrf } from '../evaluation/summary.js';
import { withCrf } from '../inference/crf.js';
import { evaluationCrf } from '../inference/crf-settings.js';
import { type PictureFile, picturesAt } from '../inference/picture-files.js';
import { predictPictures } from '../inference/predict.js';
import { describeProtocol, finalProtocol, wholeProtocol } from '../inference/segmenter.js';
import { pictureSheet } from '../report/picture-sheet.js';
import { claimFolder, type OwnResults } from '../run/outputs.js';
import { ownFolder } from '../run/own-folder.js';
import { trainedNetwork } from './checkpoint-on-split.js';
import { type EngineChoice, engineOptions, forceOption, positiveNumbers, startChosenEngine } from './options.js';
import { chosenProtocol, maxSideOption, type ProtocolChoice } from './protocol-options.js';

interface PredictOptions extends EngineChoice, ProtocolChoice {
  checkpoint: string;
  out: string;
  crf?: boolean;
  cam?: boolean;
  confidence?: boolean;
  json?: boolean;
  force?: boolean;
}

/** mcc predict: segments one's own pictures. */
export function addCommand(command: Command): void {
  command
    .description('Segments images, and those in folders: a label PNG and an overlay of each, and a page that shows them all.')
    .argument('<paths...>', 'images, or folders that hold some')
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run, or its folder')
    .requiredOption('--out <dir>', 'folder of the results')
    .option('--final', 'several scales with mirror images: six times the work, better boundaries')
    .option('--scales <list>', 'scales, separated by commas (default: 1; with --final 1,1.5,1.25)', positiveNumbers)
    .addOption(maxSideOption('1.25 of the training crop, with --final 1.12'))
    .option('--crf', 'refine by the dense CRF')
    .option('--cam', 'also a heat map of each class that is found')
    .option('--confidence', 'also how certain each pixel is')
    .option('--json', 'print what was found as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  mcc predict photo.jpg --checkpoint runs/voc/checkpoint.safetensors --out predictions
  mcc predict holiday/ --checkpoint runs/voc/checkpoint.safetensors --final --crf --cam --out predictions

In DIR: index.html, predictions.json, labels/NAME.png (palette; index 0 is background, then the classes of the checkpoint in their order),
overlays/NAME.jpg, and as asked for cams/NAME-CLASS.jpg and confidence/NAME.png. Photographs are turned upright.
Exit code 2: some images could not be read; the others are done.`,
    );
  for (const option of [forceOption(), ...engineOptions()]) command.addOption(option);
  command.action((paths: string[], options: PredictOptions) => predict(paths, options));
}

const own: OwnResults = {
  command: 'mcc predict',
  writes: ['index.html', 'predictions.json', 'labels', 'overlays', 'cams', 'confidence'],
  results: { 'predictions.json': ({ pictures }) => Array.isArray(pictures) },
};

async function predict(paths: readonly string[], options: PredictOptions): Promise<void> {
  const { out } = options;
  const files = await picturesAt(paths, out);
  claimFolder(out, { inputs: [options.checkpoint, ...paths], force: options.force }, own);
  const folder = await ownFolder(out, own.command);
  await predictInto(files, options).finally(() => folder.release());
}

async function predictInto(files: readonly PictureFile[], options: PredictOptions): Promise<void> {
  const { out } = options;
  const engine = await startChosenEngine(options);
  const { network, info, hash } = await trainedNetwork(options.checkpoint);
  const { recipe, classes } = info;
  const { crop, evaluation } = recipe;
  const final = finalProtocol(info.dataset, crop, evaluation.size ?? crop);
  const protocol = chosenProtocol(options, { once: wholeProtocol(crop), final });
  const crf = options.crf ? evaluationCrf(recipe) : undefined;
  const progress = new Progress({ total: files.length, label: 'predict' });
  const { signal, release } = catchInterruption({ stream: progress, doing: 'finishing the pictures at hand, then stopping' });
  try {
    const { cam, confidence } = options;
    const settings = { recipe, classes, out, protocol, cam, confidence };
    const { pictures, failures, entries } = await withCrf(crf, undefined, dense =>
      predictPictures(network, files, { engine, progress, signal }, { ...settings, crf: dense }),
    );
    const result = {
      ...{ checkpoint: hash, dataset: info.dataset, iteration: info.iteration, variant: recipe.variant, engine: engine.version },
      ...{ protocol, crf, classes: ['background', ...classes] },
      ...{ pictures, failures },
    };
    await writeAtomically(join(out, 'predictions.json'), `${JSON.stringify(result, null, 2)}\n`);
    const title = `${pictures.length} picture${pictures.length === 1 ? '' : 's'} segmented`;
    const trained = `${info.dataset}, ${classes.length} classes, ${info.iteration} iterations, variant ${recipe.variant}`;
    const about = [`Checkpoint ${hash.slice(0, 12)}: ${trained}.`, `${describeProtocol(protocol)}; ${describeCrf(crf)}.`];
    await writeAtomically(join(out, 'index.html'), pictureSheet({ title, about, entries, failures }));
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    const stopped = pictures.length + failures.length < files.length;
    const unread = failures.length ? `, ${failures.length} could not be read` : '';
    const counts = `${pictures.length} of ${files.length} pictures segmented${unread}`;
    process.stderr.write(`${stopped ? 'Interrupted: ' : ''}${counts}. Look at ${join(out, 'index.html')}\n`);
    if (stopped) process.exitCode = 130;
    else if (failures.length) process.exitCode = 2;
  } finally {
    release();
    network.dispose();
  }
}
