import { join } from 'node:path';
import { type Communicator, inJob } from '@wsss/parallel';
import { type Command, Option } from 'commander';
import { scoreActivations, scoreThresholds, type ThresholdCounts } from '../evaluation/cam-scores.js';
import type { ImagePass, PassResult } from '../evaluation/over-images.js';
import { resumable } from '../evaluation/resumable.js';
import { describeCamScales, describeNetwork } from '../evaluation/summary.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { chartGrid, lineChart, percent } from '../report/charts.js';
import type { OwnResults } from '../run/outputs.js';
import { addSheetOptions, openCheckpointOnSplit, publishSheet, type SheetOptions } from './checkpoint-on-split.js';
import { positiveNumbers, share } from './options.js';

interface CamOptions extends SheetOptions {
  scales?: number[];
  background?: number;
  arrays?: 'npy' | 'safetensors';
}

/** mcc cam: class activation maps of a split. */
export function addCommand(command: Command): void {
  addSheetOptions(command, 'validation')
    .description(
      'Computes the class activation maps of both heads for the true classes of every image of a split, scores them ' +
        'against the masks at many background thresholds, and shows some of them.',
    )
    .option('--scales <list>', 'scales, separated by commas (default: those of the recipe)', positiveNumbers)
    .option('--background <value>', 'values up to this are background (default: that of the recipe)', share)
    .addOption(new Option('--arrays <format>', 'also save the maps of every image').choices(['npy', 'safetensors']))
    .addHelpText(
      'after',
      `
Examples:
  mcc cam voc --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors --out cams
  mcc cam voc --data VOCdevkit/VOC2012 --split train --checkpoint runs/voc/checkpoint.safetensors --arrays npy --out cams

In DIR: index.html, scores.json, overlays/ID-CLASS.jpg and -auxiliary.jpg of the images on the page, and with --arrays
arrays/ID.safetensors (cam and auxiliary [height, width, M] in half precision, classes [M] as in masks)
or arrays/ID.{cam,auxiliary,classes}.npy.
Ctrl-C stops after the images at hand; the same command goes on from there. mpirun -np 4 mcc cam … deals the images out to
four processes. Pictures of your own: mcc predict --cam.`,
    )
    .action((name: string, options: CamOptions) => inJob('mcc', job => showActivations(job, name, options)));
}

const own: OwnResults = {
  command: 'mcc cam',
  writes: ['index.html', 'scores.json', 'overlays', 'arrays'],
  results: { 'scores.json': ({ thresholds }) => Array.isArray(thresholds) },
};

/** This process's part of `mcc cam`. */
async function showActivations(job: Communicator, name: string, options: CamOptions): Promise<void> {
  const { out, arrays } = options;
  const { split, engine, network, info, hash, size, about } = await openCheckpointOnSplit(job, name, options, 'valSplit', own);
  const { recipe } = info;
  const { scales = recipe.cam.scales, background = recipe.cam.background } = options;
  const thresholds = [...new Set([...Array.from({ length: 19 }, (_, i) => (i + 1) / 20), background])].sort((a, b) => a - b);
  const settings = { size, scales, thresholds, arrays };
  const score = (pass: ImagePass<ThresholdCounts>) =>
    scoreActivations(network, split, pass, { ...settings, out, background, shown: options.show, normalization: backboneOf(recipe) });
  const publish = async ({ done, entries }: PassResult<ThresholdCounts>) => {
    const images = done.length;
    const classes = ['background', ...split.classes];
    const scored = split.mask && scoreThresholds(done, thresholds, background, classes.length);
    const summary = {
      ...{ dataset: split.name, split: split.split, images, ...about, size, scales, mirror: 'max', crf: null, background, classes },
      ...(scored ?? { thresholds: [] }),
    };
    const how = `${size}², ${describeCamScales(scales)} · no CRF · ${describeNetwork(about)}`;
    const described = `${split.name} ${split.split}, ${images} images · ${how}`;
    const sentences = ['The split has no masks to score against.'];
    if (scored) {
      const { cam, auxiliaryCam, best } = scored;
      sentences[0] = `At ${background}: CAM ${percent(cam.miou)}, auxiliary CAM ${percent(auxiliaryCam.miou)} mIoU.`;
      const at = (head: 'main' | 'auxiliary') => `${percent(best[head][head])} at ${best[head].threshold}`;
      sentences[1] = `Best: CAM ${at('main')}, auxiliary CAM ${at('auxiliary')}.`;
    }
    const series = (['main', 'auxiliary'] as const).map(head => ({
      name: head === 'main' ? 'CAM' : 'auxiliary CAM',
      points: summary.thresholds.map(row => [row.threshold, 100 * row[head]] as const),
    }));
    const chart = lineChart({ title: 'mIoU by background threshold, percent', x: 'threshold', series });
    const lead = `<p>${sentences.join(' ')}</p>${chartGrid([chart])}`;
    await publishSheet(options, summary, { title: 'Class activation maps', about: [described], lead, entries }, sentences.join('\n'));
    process.stderr.write(`Look at ${join(out, 'index.html')}\n`);
  };
  const pass = { job, out, split, engine, label: 'cam', settings: { checkpoint: hash, ...settings } };
  await resumable(pass, score, publish).finally(() => network.dispose());
}
