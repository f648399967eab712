import { join } from 'node:path';
import { type LabelMap, LabelSubmission, readPictureSize, type SegmentationDataset } from '@wsss/datasets';
import { LinesError, resultName } from '@wsss/files';
import { type Communicator, inJob } from '@wsss/parallel';
import { writeAtomically } from '@wsss/train';
import type { Command } from 'commander';
import { evaluate } from '../evaluation/during-training.js';
import { finalEvaluation } from '../evaluation/final.js';
import type { ImageCounts } from '../evaluation/image-counts.js';
import { recordNames } from '../evaluation/labeled-image.js';
import type { ImagePass, PassResult } from '../evaluation/over-images.js';
import { resumable } from '../evaluation/resumable.js';
import { describeScores, subsetLabels, summarize, summaryTable } from '../evaluation/summary.js';
import { withCrf } from '../inference/crf.js';
import { evaluationCrf } from '../inference/crf-settings.js';
import { finalProtocol, singleProtocol } from '../inference/segmenter.js';
import { backboneOf } from '../recipes/check-recipe.js';
import { claimFolder, type OwnResults } from '../run/outputs.js';
import { datasetArgument, openCheckpointOnSplit, type SplitOptions } from './checkpoint-on-split.js';
import { engineOptions, forceOption, pixels, positiveNumbers, words } from './options.js';
import { chosenProtocol, maxSideOption, type ProtocolChoice } from './protocol-options.js';

interface EvalOptions extends SplitOptions, ProtocolChoice {
  meanOver?: string[];
  crf?: boolean;
}

/** mcc eval: scores of a checkpoint on a split. */
export function addCommand(command: Command): void {
  command
    .description(
      'Scores a checkpoint on a split with masks: segmentation, CAM and auxiliary CAM by the protocol used during training, or ' +
        'with --final the segmentation by several scales and mirror images. A split without masks is segmented, ' +
        'and packed for the evaluation server.',
    )
    .addArgument(datasetArgument('what to evaluate on'))
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run, or the folder of a run: its newest whole checkpoint')
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012; COCO: MSCOCO)')
    .option('--split <name>', 'split to evaluate on (default: the validation split)')
    .option('--out <dir>', 'folder of the result (default: eval/DATASET-SPLIT… beside the checkpoint)')
    .option('--final', 'several scales with mirror images, fused by the rule of the data set')
    .option('--size <pixels>', 'side of the square that images are resized to (default: that of the run; --final: COCO alone)', pixels(1))
    .option('--scales <list>', 'scales of --final, separated by commas (default: 1,1.5,1.25)', positiveNumbers)
    .addOption(maxSideOption('1.12 of the training crop; --final, COCO aside'))
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
  for (const option of [forceOption(), ...engineOptions()]) command.addOption(option);
  command.action((name: string, options: EvalOptions) => inJob('mcc', job => evaluateCheckpoint(job, name, options)));
}

const own: OwnResults = {
  command: 'mcc evaluate',
  writes: ['scores.json', 'submission.json', 'results', 'results.tgz'],
  results: { 'scores.json': ({ protocol }) => protocol !== undefined, 'submission.json': ({ archive }) => archive !== undefined },
};

/** This process's part of `mcc eval`. */
async function evaluateCheckpoint(job: Communicator, name: string, options: EvalOptions): Promise<void> {
  if (options.scales && !options.final) throw new Error('--scales belongs to --final; without it the segmentation sees one scale');
  const opened = await openCheckpointOnSplit(job, name, options, 'valSplit', own);
  const { dataset, split, engine, network, info, hash, folder, size } = opened;
  const { recipe } = info;
  const protocol = chosenProtocol(options, { once: singleProtocol(size), final: finalProtocol(dataset, recipe.crop, size) });
  if (options.size && protocol.size === null) throw new Error(`--size ${size}: images keep their shape here; choose --max-side instead`);
  const crf = options.crf ? evaluationCrf(recipe) : undefined;
  const { scales, background } = recipe.cam;
  const cams = !options.final && split.mask ? { scales, background, batch: recipe.evaluation.batch } : undefined;
  const about = { ...opened.about, crf, protocol, ...(cams && { size, scales }) };

  const kind = `${dataset}-${resultName(split.split)}${options.final ? '-final' : ''}${crf ? '-crf' : ''}`;
  const out = options.out ?? join(folder, 'eval', kind);
  const outputs = { inputs: [options.checkpoint, options.data], force: options.force };
  if (options.out === undefined && job.rank === 0) claimFolder(out, outputs, own);
  const submission = split.mask ? undefined : new LabelSubmission(out, split.split, recordNames(split));
  const onLabels = submission && ((id: string, labels: LabelMap) => submission.add(id, labels));
  const normalization = backboneOf(recipe);
  subsetLabels(options.meanOver, split.classes); // throws before anything is computed
  const publish = async ({ done }: PassResult<ImageCounts>) => {
    const summary = summarize(done, split, about, options.meanOver);
    if (submission) {
      if (dataset === 'voc') await checkBeforePacking(submission, split);
      const archive = await submission.pack();
      const result = { ...about, dataset: split.name, split: split.split, images: split.length, archive };
      await writeAtomically(join(out, 'submission.json'), `${JSON.stringify(result, null, 2)}\n`);
      process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${archive}: ${describeScores(summary)}\n`);
    } else {
      await writeAtomically(join(out, 'scores.json'), `${JSON.stringify(summary)}\n`);
      process.stdout.write(`${options.json ? JSON.stringify(summary) : summaryTable(summary)}\n`);
      process.stderr.write(`Written to ${join(out, 'scores.json')}\n`);
    }
  };
  const pass = { job, out, split, engine, label: 'evaluate', settings: { checkpoint: hash, protocol, cams, crf } };
  await withCrf(crf, job.worldSize > 1 ? engine.threads : undefined, dense =>
    resumable(
      pass,
      (images: ImagePass<ImageCounts>) =>
        cams
          ? evaluate(network, split, images, { ...cams, size, normalization, crf: dense })
          : finalEvaluation(network, split, images, { protocol, normalization, onLabels, crf: dense }),
      publish,
    ),
  ).finally(() => network.dispose());
}

/** @throws Error naming what the evaluation server would refuse; the labels stay, and nothing is packed */
async function checkBeforePacking(submission: LabelSubmission, split: SegmentationDataset): Promise<void> {
  const { problems } = await submission.check(index => {
    const image = split.files?.(index).image;
    return image === undefined ? split.image(index) : readPictureSize(image);
  });
  if (!problems.length) return;
  throw new LinesError([
    'the evaluation server would not take these labels, so they are not packed:',
    ...problems.slice(0, 5).map(problem => `  ${problem}`),
    ...(problems.length > 5 ? [`  … and ${problems.length - 5} more`] : []),
  ]);
}
