import { join } from 'node:path';
import type { CrfSettings } from '@wsss/crf';
import { iouTable, scores } from '@wsss/metrics';
import { type Communicator, folderOfRank, inJob } from '@wsss/parallel';
import { writeAtomically } from '@wsss/train';
import { Argument, type Command, Option } from 'commander';
import { datasetName, datasetNames, openDataset, recipes } from '../data/open-dataset.js';
import { type ImageStream, passOverImages } from '../evaluation/image-pass.js';
import { labelCertainty, type PseudoKind, type PseudoLabels, writePseudoLabels } from '../evaluation/pseudo-labels.js';
import { describeCrf } from '../evaluation/summary.js';
import { startCrf } from '../inference/crf-refinement.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { pictureSheet } from '../report/picture-sheet.js';
import { makeOutputFolder } from '../run/output-folder.js';
import { checkClasses } from './eval.js';
import { type EngineChoice, engineOptions, integer, share, startChosenEngine } from './options.js';
import { trainedNetwork } from './trained-network.js';

interface PseudoOptions extends EngineChoice {
  checkpoint: string;
  out: string;
  data?: string;
  split?: string;
  refine: 'none' | 'par' | 'crf' | 'par+crf';
  head: 'main' | 'auxiliary';
  size?: number;
  low?: number;
  high?: number;
  show: number;
  json?: boolean;
}

/** The CRF that pseudo labels are commonly refined by (IRN, Ahn et al. 2019). */
const labelCrf: CrfSettings = {
  gaussian: { sigmaXy: 3, compatibility: 3 },
  bilateral: { sigmaXy: 50, sigmaRgb: 5, compatibility: 10 },
  iterations: 10,
};

/** mcc pseudo: pseudo labels of a split for a second stage. */
export function addPseudoCommand(program: Command): void {
  const command = program
    .command('pseudo')
    .summary('pseudo labels for a second stage')
    .description(
      'Writes label PNGs for the images of a split from class activation maps and image-level labels, refined by PAR, a dense CRF, or both: what a fully supervised second stage is trained on. Where there are masks they are scored.',
    )
    .addArgument(new Argument('<dataset>', 'what to label').choices([...datasetNames]))
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run, or its folder')
    .requiredOption('--out <dir>', 'folder of the results')
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012)')
    .option('--split <name>', 'split (default: the training split)')
    .addOption(new Option('--refine <how>', 'PAR: pixel-adaptive refinement').choices(['none', 'par', 'crf', 'par+crf']).default('par'))
    .addOption(new Option('--head <name>', 'whose activation maps').choices(['main', 'auxiliary']).default('main'))
    .option('--low <value>', 'activations up to this are background (default: that of the recipe)', share)
    .option('--high <value>', 'activations from this on are the class (default: that of the recipe)', share)
    .option('--size <pixels>', 'side of the square that images are resized to for the maps (default: that of the run)', integer(1))
    .option('--show <n>', 'images on the page, spread evenly', integer(0), 48)
    .option('--json', 'print the scores as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  mcc pseudo voc --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors --out pseudo
  mcc pseudo voc --data VOCdevkit/VOC2012 --split val --refine par+crf --low 0.3 --high 0.6 --checkpoint runs/voc/checkpoint.safetensors --out pseudo

In DIR: labels/ID.png (palette; 0 = background, 255 = undecided), index.html, scores.json. One threshold for all: give --low and --high the same value.
Ctrl-C stops after the images at hand; the same command goes on from there. mpirun -np 4 mcc pseudo … deals the images out to four processes.`,
    );
  for (const option of engineOptions()) command.addOption(option);
  command.action((name: string, options: PseudoOptions) => inJob('mcc', job => exportPseudoLabels(job, name, options)));
}

/** This process's part of `mcc pseudo`. */
async function exportPseudoLabels(job: Communicator, name: string, options: PseudoOptions): Promise<void> {
  const dataset = datasetName(name);
  const { out, refine, head } = options;
  const split = await openDataset(dataset, { root: options.data, split: options.split ?? recipes[dataset].trainSplit });
  await makeOutputFolder(out);
  const engine = await startChosenEngine(options, job);
  const { network, info, hash } = await trainedNetwork(options.checkpoint);
  checkClasses(info, split, options.checkpoint);
  const { recipe } = info;
  const { low = recipe.cam.low, high = recipe.cam.high } = options;
  if (low > high) throw new Error(`--low ${low} is above --high ${high}; background ends where the classes begin`);
  const size = options.size ?? recipe.evaluation.size ?? recipe.crop;
  const { scales } = recipe.cam;
  const par = refine.startsWith('par') ? recipe.par : null;
  const crf = refine.endsWith('crf') ? labelCrf : undefined;
  const pass = {
    ...{ job, out, split, engine, label: 'pseudo', shown: options.show },
    settings: { checkpoint: hash, head, size, scales, low, high, par, crf },
  };
  const refinement = await startCrf(crf, job.worldSize > 1 ? engine.threads : undefined);
  const label = (stream: ImageStream<PseudoKind>) =>
    writePseudoLabels(network, split, {
      ...stream,
      ...{ out, head, size, scales, low, high, par, crf: refinement?.crf, shown: options.show, normalization: backboneOf(recipe) },
    });
  const publish = async (found: PseudoLabels) => {
    const results = folderOfRank(job, out);
    const classes = ['background', ...split.classes];
    const about = {
      ...{
        dataset: split.name,
        split: split.split,
        images: found.images,
        checkpoint: hash,
        iteration: info.iteration,
        seed: recipe.seed,
      },
      ...{ variant: recipe.variant, engine: engine.version, head, size, scales, mirror: 'max', low, high, par, crf: crf ?? null, classes },
    };
    const { matrices, decided } = found.scored ?? {};
    const pseudo = matrices && scores(matrices.pseudo);
    const unrefined = matrices && scores(matrices.unrefined);
    const summary = { ...about, pseudo, unrefined, decided };
    await writeAtomically(join(results, 'scores.json'), `${JSON.stringify(summary)}\n`);
    const percent = (value: number) => (100 * value).toFixed(1);
    const described = [
      `${split.name} ${split.split}, ${found.images} images · ${head} head, ${size}², CAM scales ${scales.join(', ')} (sum), mirror image (maximum)`,
      `background up to ${low}, classes from ${high}`,
      par ? `PAR, ${par.iterations} iterations` : 'no PAR',
      crf ? `${describeCrf(crf)}, labels certain to ${labelCertainty}` : 'no CRF',
      `after ${info.iteration} iterations, variant ${recipe.variant}, seed ${recipe.seed}, checkpoint ${hash.slice(0, 12)}`,
    ].join(' · ');
    const sentence = pseudo
      ? `mIoU of the decided pixels ${percent(pseudo.miou)} (${percent(decided!.pseudo)} % of all); without refinement ${percent(unrefined!.miou)} (${percent(decided!.unrefined)} %).`
      : 'The split has no masks to score against.';
    await writeAtomically(
      join(results, 'index.html'),
      pictureSheet({ title: 'Pseudo labels', about: [described], lead: `<p>${sentence}</p>`, entries: found.entries }),
    );
    const table = pseudo ? `${iouTable(classes, { 'Pseudo labels': pseudo, unrefined: unrefined! })}\n` : '';
    process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : `${table}${sentence}\n${described}\n`);
    process.stderr.write(`${found.images} label maps in ${join(out, 'labels')}. Look at ${join(out, 'index.html')}\n`);
  };
  await passOverImages(pass, label, publish).finally(async () => {
    await refinement?.close();
    network.dispose();
  });
}
