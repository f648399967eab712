import { datasetName, datasetNames } from '@wsss/datasets';
import { type Communicator, inJob } from '@wsss/parallel';
import { signalExitCode } from '@wsss/train';
import { Argument, type Command, Option } from 'commander';
import { startingWeights } from '../network/starting-weights.js';
import { chooseRecipe } from '../recipes/choose-recipe.js';
import { holdsCheckpoint } from '../run/folder.js';
import { claimFolder, type OwnResults } from '../run/outputs.js';
import { trainingRun } from '../training/train.js';
import {
  type EngineChoice,
  engineOptions,
  forceOption,
  integer,
  number,
  pixels,
  presetOption,
  startChosenEngine,
  words,
} from './options.js';

interface TrainOptions extends EngineChoice {
  data?: string;
  out: string;
  backbone?: string;
  weights?: string;
  prefix?: string;
  crop?: number;
  iterations?: number;
  batch?: number;
  accumulate?: number;
  variant?: 'fixed' | 'paper';
  preset?: 'paper' | 'small';
  seed?: number;
  memory?: number;
  bf16?: boolean;
  config?: string;
  trainSplit?: string;
  valSplit?: string;
  meanOver?: string[];
  labels?: string;
  skipBad?: boolean;
  resume?: boolean;
  acceptChanges?: boolean;
  fromScratch?: boolean;
  wire?: 'full' | 'float16';
  verifyEvery?: number;
  watchdog?: number;
  json?: boolean;
  force?: boolean;
}

/** mcc train: a training run with its log, checkpoint, evaluation and report. */
export function addCommand(command: Command): void {
  command
    .description('Trains MCC on a dataset, using image-level labels only, then evaluates and writes a report.')
    .addArgument(new Argument('<dataset>', 'what to train on').choices([...datasetNames]))
    .requiredOption('--out <dir>', 'folder of the run: recipe, log, checkpoint, evaluation, report')
    .option('--data <dir>', 'folder of the data (VOC: VOCdevkit/VOC2012; COCO: MSCOCO; folder: your own, see mcc data check --help)')
    .option('--backbone <name>', 'encoder, such as deit_small_patch16_224 (default: the one that --weights are of)')
    .option(
      '--weights <file>',
      'pretrained weights of the encoder (.safetensors, .pth, .npz; timm, DeiT, DINOv2, AugReg, MCC, ToCo, Hugging Face)',
    )
    .option('--prefix <text>', "what stands before the encoder's names in --weights, if there are several encoders, such as model_ema.")
    .option('--from-scratch', 'shapes: do not start from the small pretrained encoder that comes along')
    .option('--crop <pixels>', 'side of the training crops', pixels(1))
    .option('--iterations <n>', 'length of the run; the schedule keeps its shares', integer(1))
    .option('--batch <n>', 'images an iteration', integer(1))
    .option('--accumulate <n>', 'batches whose gradients are averaged before an update, as n devices would', integer(1))
    .addOption(
      new Option('--variant <name>', "paper: the authors' program with its oddities; fixed: those corrected").choices(['fixed', 'paper']),
    )
    .addOption(presetOption())
    .option(
      '--memory <GiB>',
      'memory that an iteration may take: blocks are computed again if it needs more (default: all there is)',
      number(0.1),
    )
    .option('--bf16', 'matrix products in bfloat16, on native and cuda: faster, other numbers')
    .option('--seed <n>', 'seed of everything random', integer(0))
    .option('--config <file>', 'JSON with any values of the recipe; options given here win')
    .option('--train-split <name>', 'split to train on')
    .option('--val-split <name>', 'split to evaluate with')
    .option('--mean-over <classes>', 'also report the mean IoU over these classes and background, by name, separated by commas', words)
    .option(
      '--labels <source>',
      'image-level labels to train on. VOC: masks (default), annotations, annotations-without-difficult, or a .npy file; ' +
        'COCO: annotations (default), masks',
    )
    .option('--skip-bad', 'go on without images that cannot be used, and list them in --out; else they end the run before it begins')
    .option('--resume', 'go on from the newest whole checkpoint in --out as if the run had never stopped, or start where there is none')
    .option('--accept-changes', 'with --resume: go on even with other settings than the run began with')
    .addOption(new Option('--wire <kind>', 'several processes: what gradients travel in').choices(['full', 'float16']).default('full'))
    .option(
      '--verify-every <n>',
      'several processes: iterations after which they verify that their parameters are the same',
      integer(1),
      500,
    )
    .option('--watchdog <seconds>', 'several processes: how long one may show no sign of life', number(1), 20)
    .option('--json', 'print the result as JSON on standard output');
  command.addHelpText(
    'after',
    `
Examples:
  mcc train shapes --out runs/a                                   a run that needs no data
  mcc train shapes --out runs/a --resume                          goes on with it, or starts it
  mpirun -np 4 mcc train voc --data VOCdevkit/VOC2012 --weights deit.safetensors --batch 1 --out runs/voc
                                                                  the published run: four processes, one GPU and image each
  mcc train voc --data VOCdevkit/VOC2012 --weights deit.safetensors --batch 1 --accumulate 4 --out runs/voc
                                                                  the published batch, of four devices with one image each, on one

Ctrl-C, or SIGTERM, finishes the iteration, saves and stops (exit code 130, or 143); once more stops at once.`,
  );
  for (const option of [forceOption(), ...engineOptions()]) command.addOption(option);
  command.action((name: string, options: TrainOptions) => inJob('mcc', job => train(job, name, options), options));
}

const own: OwnResults = {
  command: 'mcc train',
  writes: ['recipe.json', 'environment.json', 'evaluation.json', 'evaluation-images.json', 'report.html', 'examples'],
  results: { 'environment.json': sessions => Array.isArray(sessions) },
};

/** This process's part of `mcc train`. */
async function train(job: Communicator, name: string, options: TrainOptions): Promise<void> {
  const dataset = datasetName(name);
  const { out, weights, config, data: root } = options;
  holdsCheckpoint(out, options.resume ?? false);
  const { recipe, remark } = await chooseRecipe(dataset, { ...options, root });
  if (job.rank === 0) claimFolder(out, { inputs: [weights, config, root], force: options.force }, own);
  if (remark && job.rank === 0) process.stderr.write(`${remark}\n`);
  const engine = await startChosenEngine(options, job);
  const result = await trainingRun({
    dataset,
    root: options.data,
    trainSplit: options.trainSplit,
    valSplit: options.valSplit,
    recipe,
    memory: options.memory && options.memory * 2 ** 30,
    weights: startingWeights(dataset, recipe, options),
    prefix: options.prefix,
    out: options.out,
    engine,
    job,
    wire: options.wire,
    verifyEvery: options.verifyEvery,
    resume: options.resume,
    acceptChanges: options.acceptChanges,
    labels: options.labels,
    skipBad: options.skipBad,
    meanOver: options.meanOver,
  });
  const minutes = (result.seconds / 60).toFixed(1);
  process.stderr.write(
    result.ended === 'finished'
      ? `\n${result.iterations} iterations in ${minutes} minutes on ${engine.version}. ` +
          `Written to ${result.out}: ${result.files.join(', ')}\n`
      : `\nInterrupted after ${result.iterations} iterations; saved. Go on with the same command and --resume.\n`,
  );
  if (options.json) process.stdout.write(`${JSON.stringify({ ...result, engine: engine.version, recipe })}\n`);
  if (result.signal) process.exitCode = signalExitCode(result.signal);
}
