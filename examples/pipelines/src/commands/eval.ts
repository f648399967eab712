import { join } from 'node:path';
import { type CrfSettings, paperSettings } from '@wsss/crf';
import type { LabelMap, SegmentationDataset } from '@wsss/datasets';
import { type Communicator, inJob } from '@wsss/parallel';
import { writeAtomically } from '@wsss/train';
import { Argument, type Command } from 'commander';
import { datasetName, datasetNames, openDataset, recipes } from '../data/open-dataset.js';
import { evaluate } from '../evaluation/evaluate.js';
import { finalEvaluation } from '../evaluation/final.js';
import { type ImageStream, passOverImages } from '../evaluation/image-pass.js';
import { LabelSubmission } from '../evaluation/label-submission.js';
import { describeScores, type SegmentationSummary, summarize, summarizeSegmentation, summaryTable } from '../evaluation/summary.js';
import { startCrf } from '../inference/crf-refinement.js';
import { finalProtocol, trainingProtocol } from '../inference/segmenter.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { type EngineChoice, engineOptions, integer, positiveNumbers, startChosenEngine, words } from './options.js';
import { trainedNetwork } from './trained-network.js';

interface EvalOptions extends EngineChoice {
  data?: string;
  split?: string;
  checkpoint: string;
  out?: string;
  final?: boolean;
  size?: number;
  scales?: number[];
  meanOver?: string[];
  crf?: boolean;
  json?: boolean;
}

/** mcc eval: scores of a checkpoint on a split. */
export function addEvalCommand(program: Command): void {
  const command = program
    .command('eval')
    .summary('score a checkpoint')
    .description(
      'Scores a checkpoint on a split with masks: segmentation, CAM and auxiliary CAM by the protocol used during training, or with --final the segmentation by several scales and mirror images. A split without masks is segmented, and packed for the evaluation server.',
    )
    .addArgument(new Argument('<dataset>', 'what to evaluate on').choices([...datasetNames]))
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run, or the folder of a run: its newest whole checkpoint')
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012; COCO: MSCOCO)')
    .option('--split <name>', 'split to evaluate on (default: the validation split)')
    .option('--out <dir>', 'folder of the result (default: eval/DATASET-SPLIT… beside the checkpoint)')
    .option('--final', 'several scales with mirror images, fused by the rule of the data set')
    .option('--size <pixels>', 'side of the square that images are resized to (default: that of the run; --final: COCO alone)', integer(1))
    .option('--scales <list>', 'scales of --final, separated by commas (default: 1,1.5,1.25)', positiveNumbers)
    .option('--crf', "refine the segmentation by the dense CRF of the paper's evaluation, and score that too")
    .option('--mean-over <classes>', 'also report the mean IoU over these classes and background, by name, separated by commas', words)
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  mcc eval voc --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors
  mcc eval voc --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors --final --crf
  mcc eval voc --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors --final --crf --split test

mpirun -np 4 mcc eval … deals the images out to four processes, on as many GPUs: see docs/parallel.md.

Ctrl-C stops after the images at hand; the same command goes on from there and gives the same totals.`,
    );
  for (const option of engineOptions()) command.addOption(option);
  command.action((name: string, options: EvalOptions) => inJob('mcc', job => evaluateCheckpoint(job, name, options)));
}

/** This process's part of `mcc eval`. */
async function evaluateCheckpoint(job: Communicator, name: string, options: EvalOptions): Promise<void> {
  const dataset = datasetName(name);
  const split = await openDataset(dataset, { root: options.data, split: options.split ?? recipes[dataset].valSplit });
  const engine = await startChosenEngine(options, job);
  const { network, info, hash, folder } = await trainedNetwork(options.checkpoint);
  checkClasses(info, split, options.checkpoint);
  const { recipe } = info;
  const size = options.size ?? recipe.evaluation.size ?? recipe.crop;
  const byTraining = !options.final && split.mask !== undefined;
  const basic = options.final ? finalProtocol(dataset, size) : trainingProtocol(size);
  const protocol = options.scales ? { ...basic, scales: options.scales } : basic;
  if (options.scales && !options.final) throw new Error('--scales belongs to --final; without it the segmentation sees one scale');
  const crf: CrfSettings | undefined = options.crf ? { ...paperSettings, phantomPoints: recipe.variant === 'paper' } : undefined;
  const { scales, background } = recipe.cam;
  const cams = byTraining ? { scales, background, batch: recipe.evaluation.batch } : undefined;
  const about = { iteration: info.iteration, seed: recipe.seed, variant: recipe.variant, checkpoint: hash, engine: engine.version, crf };

  const kind = `${dataset}-${split.split}${options.final ? '-final' : ''}${crf ? '-crf' : ''}`;
  const out = options.out ?? join(folder, 'eval', kind);
  const submission = split.mask ? undefined : new LabelSubmission(out, split.split);
  const pass = { job, out, split, engine, label: 'evaluate', batch: cams?.batch, settings: { checkpoint: hash, protocol, cams, crf } };
  const refinement = await startCrf(crf, job.worldSize > 1 ? engine.threads : undefined);
  const subset = options.meanOver && { name: 'subset', classes: options.meanOver };
  const normalization = backboneOf(recipe);
  const score = async (images: ImageStream): Promise<SegmentationSummary> => {
    const stream = { ...images, crf: refinement?.crf };
    if (cams) {
      const found = await evaluate(network, split, { ...stream, ...cams, size, normalization });
      return summarize(found, split, { ...about, protocol, size, scales }, subset);
    }
    const onLabels = submission && ((index: number, labels: LabelMap) => submission.add(split.id(index), labels));
    const found = await finalEvaluation(network, split, { ...stream, protocol, normalization, onLabels });
    return summarizeSegmentation(found, split, { ...about, protocol }, subset);
  };
  const publish = async (summary: SegmentationSummary) => {
    if (job.rank > 0) return; // rank 0 writes
    if (submission) {
      const archive = await submission.pack(Array.from({ length: split.length }, (_, index) => split.id(index)));
      const result = { ...about, dataset: split.name, split: split.split, images: split.length, protocol, archive };
      await writeAtomically(join(out, 'submission.json'), `${JSON.stringify(result, null, 2)}\n`);
      process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${archive}: ${describeScores(summary)}\n`);
    } else {
      await writeAtomically(join(out, 'scores.json'), `${JSON.stringify(summary)}\n`);
      process.stdout.write(`${options.json ? JSON.stringify(summary) : summaryTable(summary)}\n`);
      process.stderr.write(`Written to ${join(out, 'scores.json')}\n`);
    }
  };
  await passOverImages(pass, score, publish).finally(async () => {
    await refinement?.close();
    network.dispose();
  });
}

/** @throws Error when a checkpoint was trained on other classes than those of a data set, saying in what they differ. */
export function checkClasses(info: { dataset: string; classes: readonly string[] }, split: SegmentationDataset, file: string): void {
  const [trained, wanted] = [info.classes, split.classes];
  if (`${trained}` === `${wanted}`) return;
  const shown = (names: readonly string[]) => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  throw new Error(
    `${file} was trained on the ${trained.length} classes of ${info.dataset} (${shown(trained)}), but ${split.name} has ${wanted.length} (${shown(wanted)}); use a checkpoint of this data set`,
  );
}
