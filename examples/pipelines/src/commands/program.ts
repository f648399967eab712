import { Command, Option } from 'commander';
import { pointToHelp } from './point-to-help.js';

/** Adds what a command can be told, and what it does. */
interface CommandModule {
  addCommand(command: Command): void;
}

/** What each command is for, and its module, in the order in which help lists them. */
const commands: Record<string, [summary: string, load: () => Promise<CommandModule>]> = {
  train: ['train on image-level labels', () => import('./train.js')],
  eval: ['score a checkpoint', () => import('./eval.js')],
  compare: ['train configurations over seeds, and compare them', () => import('./compare.js')],
  report: ['a page about a run, or about several side by side', () => import('./report.js')],
  explain: ['see the mechanism of MCC in one image', () => import('./explain.js')],
  predict: ['segment pictures of your own', () => import('./predict.js')],
  cam: ['class activation maps: heat maps, arrays, scores', () => import('./cam.js')],
  pseudo: ['pseudo labels for a second stage', () => import('./pseudo.js')],
  export: ['write a checkpoint for PyTorch or ONNX', () => import('./export.js')],
  playground: ['look at a network, and train one, in a page', () => import('./playground.js')],
  pretrain: ['pretrain the small encoder for Shapes', () => import('./pretrain.js')],
  crf: ['refine probabilities of an image by a dense CRF', () => import('./crf.js')],
  bench: ['measure speed', () => import('./tools.js')],
  parity: ["compare with the reference program's recorded numbers", () => import('./tools.js')],
  engine: ["fetch TensorFlow's library", () => import('./engine.js')],
  data: ['make and check data', () => import('./data.js')],
  weights: ['inspect, fetch and convert pretrained weights', () => import('./weights.js')],
  doctor: ['which engines work here', () => import('./doctor.js')],
};

/**
 * The `mcc` command with all its commands. The one that is called is loaded, with all that it computes with, and no other: help answers
 * at once.
 */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('mcc')
    .description('Masked Collaborative Contrast: weakly supervised semantic segmentation from image-level labels.')
    .version('0.0.0')
    .addOption(new Option('--trace-errors', 'show where in the program an error arose'))
    .addHelpText(
      'after',
      `
First steps:
  mcc doctor                       which engines work here
  mcc train shapes --out runs/a    a run that needs no data
  mcc playground                   look at a network, and train one, in a page
  mcc train voc --help             everything that a run can be told`,
    );
  const called = argv.slice(2).find(argument => argument in commands);
  for (const [name, [summary, load]] of Object.entries(commands)) {
    const command = program.command(name).summary(summary);
    if (name === called) (await load()).addCommand(command);
  }
  return pointToHelp(program);
}
