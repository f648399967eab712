import { join } from 'node:path';
import { iouTable } from '@wsss/metrics';
import { type Communicator, inJob } from '@wsss/parallel';
import { type Command, Option } from 'commander';
import type { ImagePass, PassResult } from '../evaluation/over-images.js';
import { labelCertainty, type PseudoCounts, scorePseudoLabels, writePseudoLabels } from '../evaluation/pseudo-labels.js';
import { resumable } from '../evaluation/resumable.js';
import { describeCamScales, describeCrf, describeNetwork } from '../evaluation/summary.js';
import { withCrf } from '../inference/crf.js';
import { labelCrf } from '../inference/crf-settings.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { percent } from '../report/charts.js';
import type { OwnResults } from '../run/outputs.js';
import { addSheetOptions, openCheckpointOnSplit, publishSheet, type SheetOptions } from './checkpoint-on-split.js';
import { share } from './options.js';

interface PseudoOptions extends SheetOptions {
  refine: 'none' | 'par' | 'crf' | 'par+crf';
  head: 'main' | 'auxiliary';
  low?: number;
  high?: number;
}

/** mcc pseudo: pseudo labels of a split for a second stage. */
export function addCommand(command: Command): void {
  addSheetOptions(command, 'training')
    .description(
      'Writes label PNGs for the images of a split from class activation maps and image-level labels, refined by PAR, a dense CRF, ' +
        'or both: what a fully supervised second stage is trained on. Where there are masks they are scored.',
    )
    .addOption(new Option('--refine <how>', 'PAR: pixel-adaptive refinement').choices(['none', 'par', 'crf', 'par+crf']).default('par'))
    .addOption(new Option('--head <name>', 'whose activation maps').choices(['main', 'auxiliary']).default('main'))
    .option('--low <value>', 'activations up to this are background (default: that of the recipe)', share)
    .option('--high <value>', 'activations from this on are the class (default: that of the recipe)', share)
    .addHelpText(
      'after',
      `
Examples:
  mcc pseudo voc --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors --out pseudo
  mcc pseudo voc --data VOCdevkit/VOC2012 --split val --refine par+crf --low 0.3 --high 0.6 \\
    --checkpoint runs/voc/checkpoint.safetensors --out pseudo

In DIR: labels/ID.png (palette; 0 = background, 255 = undecided), index.html, scores.json. One threshold for all: give --low and
--high the same value. Ctrl-C stops after the images at hand; the same command goes on from there.
mpirun -np 4 mcc pseudo … deals the images out to four processes.`,
    )
    .action((name: string, options: PseudoOptions) => inJob('mcc', job => exportPseudoLabels(job, name, options)));
}

const own: OwnResults = {
  command: 'mcc pseudo',
  writes: ['index.html', 'scores.json', 'labels'],
  results: { 'scores.json': ({ low, high }) => low !== undefined && high !== undefined },
};

/** This process's part of `mcc pseudo`. */
async function exportPseudoLabels(job: Communicator, name: string, options: PseudoOptions): Promise<void> {
  const { out, refine, head } = options;
  requireOrder(options.low, options.high);
  const { split, engine, network, info, hash, size, about } = await openCheckpointOnSplit(job, name, options, 'trainSplit', own);
  const { recipe } = info;
  const { scales } = recipe.cam;
  const { low = recipe.cam.low, high = recipe.cam.high } = options;
  requireOrder(low, high);
  const par = refine.startsWith('par') ? recipe.par : null;
  const crf = refine.endsWith('crf') ? labelCrf : undefined;
  const settings = { head, size, scales, low, high, par };
  const normalization = backboneOf(recipe);
  const publish = async ({ done, entries }: PassResult<PseudoCounts>) => {
    const images = done.length;
    const classes = ['background', ...split.classes];
    const scored = split.mask && scorePseudoLabels(done, classes.length);
    const summary = {
      ...{ dataset: split.name, split: split.split, images, ...about, ...settings, mirror: 'max', crf: crf ?? null, classes },
      ...scored,
    };
    const described = [
      `${split.name} ${split.split}, ${images} images · ${head} head, ${size}², ${describeCamScales(scales)}`,
      `background up to ${low}, classes from ${high}`,
      par ? `PAR, ${par.iterations} iterations` : 'no PAR',
      `${describeCrf(crf)}${crf ? `, labels certain to ${labelCertainty}` : ''}`,
      describeNetwork(about),
    ].join(' · ');
    let sentence = 'The split has no masks to score against.';
    let table = '';
    if (scored) {
      const { pseudo, unrefined, decided } = scored;
      const plain = `without PAR and CRF ${percent(unrefined.miou)} (${percent(decided.unrefined)} %)`;
      sentence = `mIoU of the decided pixels ${percent(pseudo.miou)} (${percent(decided.pseudo)} % of all); ${plain}.`;
      table = `${iouTable(classes, { 'Pseudo labels': pseudo, unrefined })}\n`;
    }
    const sheet = { title: 'Pseudo labels', about: [described], lead: `<p>${sentence}</p>`, entries };
    await publishSheet(options, summary, sheet, `${table}${sentence}`);
    process.stderr.write(`${images} label maps in ${join(out, 'labels')}. Look at ${join(out, 'index.html')}\n`);
  };
  const pass = { job, out, split, engine, label: 'pseudo', settings: { checkpoint: hash, ...settings, crf } };
  await withCrf(crf, job.worldSize > 1 ? engine.threads : undefined, dense => {
    const label = (images: ImagePass<PseudoCounts>) =>
      writePseudoLabels(network, split, images, { ...settings, out, crf: dense, shown: options.show, normalization });
    return resumable(pass, label, publish);
  }).finally(() => network.dispose());
}

function requireOrder(low = 0, high = 1): void {
  if (low > high) throw new Error(`--low ${low} is above --high ${high}; background ends where the classes begin`);
}
