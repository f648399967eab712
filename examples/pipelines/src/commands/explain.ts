import { basename } from 'node:path';
import { writeAtomically } from '@wsss/train';
import { type Command, InvalidArgumentError } from 'commander';
import { earlierNetwork } from '../explain/earlier-network.js';
import { explainPage } from '../explain/explain-page.js';
import { explainImage } from '../explain/explanation.js';
import { explanationJson } from '../explain/explanation-json.js';
import { findImage, labelsFromNames } from '../explain/find-image.js';
import { loadTraining } from '../run/checkpoint.js';
import { claimFile, isOwnPage } from '../run/outputs.js';
import { type EngineChoice, engineOptions, forceOption, integer, pixels, startChosenEngine, words } from './options.js';

interface ExplainOptions extends EngineChoice {
  checkpoint: string;
  before?: string;
  out: string;
  labels?: string[];
  patch?: { x: number; y: number };
  size?: number;
  seed: number;
  data?: string;
  split?: string;
  json?: boolean;
  force?: boolean;
}

/** mcc explain: the mechanism of MCC in one image. */
export function addCommand(command: Command): void {
  command
    .description(
      'Shows MCC at work in one image, as a page: which patches matter, the affinity of a patch to all others, the local views with ' +
        'their flags, and the logits of the contrast; beside it, if wanted, the same before training.',
    )
    .argument('<image>', 'a picture file, or an image of a data set: shapes:7, voc:2007_000033')
    .requiredOption('--checkpoint <file>', 'checkpoint.safetensors of a run')
    .requiredOption('--out <file>', 'page to write, a name that ends in .html; the numbers go beside it, as .json')
    .option('--before <file>', 'an earlier checkpoint, or the pretrained encoder that training started from')
    .option(
      '--labels <classes>',
      'classes in the picture, separated by commas (default: those of the data set, else those the network finds)',
      words,
    )
    .option('--patch <x,y>', 'pixel of the picture whose patch is looked at (default: where the CAM is strongest)', pixel)
    .option(
      '--size <pixels>',
      'the network sees about size² pixels, in the proportions of the picture (default: the crop of the run)',
      pixels(32),
    )
    .option('--seed <n>', 'seed of the local views and of the second global view', integer(0), 0)
    .option('--data <dir>', 'folder of the data set (VOC: VOCdevkit/VOC2012)')
    .option('--split <name>', 'split of the data set (default: the validation split)')
    .option('--json', 'print the numbers on standard output too')
    .addHelpText(
      'after',
      `
Examples:
  mcc explain cat.jpg --checkpoint runs/voc/checkpoint.safetensors --labels cat --patch 120,80 --out cat.html
  mcc explain shapes:7 --checkpoint runs/shapes/checkpoint.safetensors --out seven.html
  mcc explain voc:2007_000033 --data VOCdevkit/VOC2012 --checkpoint runs/voc/checkpoint.safetensors \\
    --before deit_base.safetensors --out plane.html`,
    );
  for (const option of [forceOption(), ...engineOptions()]) command.addOption(option);
  command.action(async (wanted: string, options: ExplainOptions) => {
    const { checkpoint, before, out, labels: names, patch, size, seed } = options;
    if (!out.endsWith('.html')) throw new Error(`--out: ${out} does not end in .html`);
    const outputs = { inputs: [wanted, checkpoint, before, options.data], force: options.force };
    claimFile('--out', out, outputs, isOwnPage);
    claimFile('--out', out.replace(/\.html$/, '.json'), outputs, head => head.includes('"checkpoint":{"file":'));
    const image = await findImage(wanted, options);
    await startChosenEngine(options);
    const training = await loadTraining(checkpoint);
    const { network, info } = training;
    const earlier = before ? await earlierNetwork(before, info) : undefined;
    try {
      const labels = names ? labelsFromNames(names, info.classes) : image.labels;
      if (labels && labels.length !== info.classes.length)
        throw new Error(
          `${wanted} is labeled with ${labels.length} classes, but ${checkpoint} knows ${info.classes.length}; ` +
            'name its classes with --labels',
        );
      const found = await explainImage(training, earlier, { picture: image.picture, name: image.name, labels, place: patch, size, seed });
      const source = { after: `${basename(checkpoint)}, iteration ${info.iteration}`, before: before && basename(before) };
      const numbers = {
        ...explanationJson(found),
        checkpoint: { file: checkpoint, sha256: training.hash, iteration: info.iteration },
        beforeFile: before,
        seed,
      };
      const json = out.replace(/\.html$/, '.json');
      await writeAtomically(json, `${JSON.stringify(numbers)}\n`);
      await writeAtomically(out, await explainPage(found, source));
      const labeled = found.classes.filter((_, c) => found.labels[c]! > 0).join(', ');
      const positive = `${found.views.filter(view => view.positive).length} of ${found.views.length} local views positive`;
      process.stderr.write(`${out}: ${labeled} (${found.labelsFrom}), ${positive}; numbers in ${json}\n`);
      if (options.json) process.stdout.write(`${JSON.stringify(numbers)}\n`);
    } finally {
      network.dispose();
      earlier?.dispose();
    }
  });
}

function pixel(text: string): { x: number; y: number } {
  const [, x, y] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (!x || !y) throw new InvalidArgumentError('expected two whole numbers like 120,80.');
  return { x: Number(x), y: Number(y) };
}
