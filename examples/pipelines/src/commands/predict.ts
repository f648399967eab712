import { join } from 'node:path';
import { type CrfSettings, paperSettings } from '@wsss/crf';
import { catchInterruption, Progress, writeAtomically } from '@wsss/train';
import type { Command } from 'commander';
import { describeCrf } from '../evaluation/summary.js';
import { startCrf } from '../inference/crf-refinement.js';
import { picturesAt } from '../inference/picture-files.js';
import { predictPictures } from '../inference/predict.js';
import { describeProtocol, finalProtocol, type SegmentationProtocol } from '../inference/segmenter.js';
import { pictureSheet } from '../report/picture-sheet.js';
import { makeOutputFolder } from '../run/output-folder.js';
import { type EngineChoice, engineOptions, integer, positiveNumbers, startChosenEngine } from './options.js';
import { trainedNetwork } from './trained-network.js';

interface PredictOptions extends EngineChoice {
  checkpoint: string;
  out: string;
  final?: boolean;
  scales?: number[];
  maxSide?: number;
  crf?: boolean;
  cam?: boolean;
  confidence?: boolean;
  json?: boolean;
}

/** mcc predict: segments one's own pictures. */
export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .summary('segment pictures of your own')
    .description('Segments images, and those in folders: a label PNG and an overlay of each, and a page that shows them all.')
    .argument('<paths...>', 'images, or folders that hold some')
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run, or its folder')
    .requiredOption('--out <dir>', 'folder of the results')
    .option('--final', 'several scales with mirror images: six times the work, better boundaries')
    .option('--scales <list>', 'scales, separated by commas (default: 1; with --final 1,1.5,1.25)', positiveNumbers)
    .option('--max-side <pixels>', "longer side that pictures are reduced to for the network (default: 1.25 of the run's crop)", integer(1))
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
  for (const option of engineOptions()) command.addOption(option);
  command.action(async (paths: string[], options: PredictOptions) => {
    const { out } = options;
    const pictures = await picturesAt(paths, { except: out });
    await makeOutputFolder(out);
    const engine = await startChosenEngine(options);
    const { network, info, hash } = await trainedNetwork(options.checkpoint);
    const { recipe, classes } = info;
    const single: SegmentationProtocol = { size: null, scales: [1], mirror: 'none', across: 'max' };
    const basic = options.final ? finalProtocol(info.dataset, recipe.evaluation.size ?? recipe.crop) : single;
    const protocol = options.scales ? { ...basic, scales: options.scales } : basic;
    const maxSide = options.maxSide ?? Math.round(1.25 * recipe.crop);
    const crf: CrfSettings | undefined = options.crf ? { ...paperSettings, phantomPoints: recipe.variant === 'paper' } : undefined;
    const refinement = await startCrf(crf);
    const progress = new Progress({ total: pictures.length, label: 'predict' });
    const interruption = catchInterruption({ stream: progress, doing: 'finishing the pictures at hand, then stopping' });
    try {
      const found = await predictPictures(network, pictures, {
        ...{ recipe, classes, out, protocol, maxSide, engine, finishing: engine.threads + 1 },
        ...{ cam: options.cam, confidence: options.confidence, signal: interruption.signal },
        crf: refinement?.crf,
        onPicture: done => progress.update(done),
        onFailure: message => progress.write(`mcc: ${message}\n`),
      });
      progress.finish();
      const about = {
        ...{ checkpoint: hash, dataset: info.dataset, iteration: info.iteration, variant: recipe.variant, engine: engine.version },
        ...{ protocol, maxSide: protocol.size === null ? maxSide : undefined, crf, classes: ['background', ...classes] },
      };
      const result = { ...about, pictures: found.pictures, failures: found.failures };
      await writeAtomically(join(out, 'predictions.json'), `${JSON.stringify(result, null, 2)}\n`);
      await writeAtomically(
        join(out, 'index.html'),
        pictureSheet({
          title: `${found.pictures.length} picture${found.pictures.length === 1 ? '' : 's'} segmented`,
          about: [
            `Checkpoint ${hash.slice(0, 12)}: ${info.dataset}, ${classes.length} classes, ${info.iteration} iterations, variant ${recipe.variant}.`,
            `${describeProtocol(protocol)}${protocol.size === null ? `, at most ${maxSide} pixels a side` : ''}; ${crf ? describeCrf(crf) : 'no CRF'}.`,
          ],
          entries: found.entries,
          failures: found.failures,
        }),
      );
      if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      const stopped = found.pictures.length + found.failures.length < pictures.length;
      const counts = `${found.pictures.length} of ${pictures.length} pictures segmented${found.failures.length ? `, ${found.failures.length} could not be read` : ''}`;
      process.stderr.write(`${stopped ? 'Interrupted: ' : ''}${counts}. Look at ${join(out, 'index.html')}\n`);
      if (stopped) process.exitCode = 130;
      else if (found.failures.length) process.exitCode = 2;
    } finally {
      interruption.release();
      await refinement?.close();
      network.dispose();
    }
  });
}
