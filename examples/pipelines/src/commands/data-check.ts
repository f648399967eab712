import { checkSplits, countProblems, type DatasetName, describeCheck } from '@wsss/datasets';
import { writeAtomically } from '@wsss/train';
import { Argument, type Command } from 'commander';
import { recipes } from '../recipes/registry.js';
import { claimFile, isOwnPage } from '../run/outputs.js';
import { interruptible } from './interruptible.js';
import { forceOption, formsText, words } from './options.js';

interface CheckOptions {
  splits?: string[];
  labels?: string;
  quick?: boolean;
  html?: string;
  json?: boolean;
  force?: boolean;
}

/** mcc data check: what is wrong with a data set, and what is in it. */
export function addDataCheckCommand(data: Command): void {
  data
    .command('check')
    .summary('find what is wrong with a data set before training does')
    .description(
      'Reads every image and mask and says what is missing, unreadable, of the wrong size or out of range, compares the numbers with the ' +
        'published ones, counts classes, and finds images that are in two splits. The exit code is 1 if something is ' +
        'wrong, or a split that training needs cannot be opened.',
    )
    .addArgument(new Argument('<dataset>', 'its form').choices(['voc', 'coco', 'folder']))
    .argument('<dir>', 'its folder: VOCdevkit/VOC2012, MSCOCO, or your own')
    .option('--splits <names>', 'only these, separated by commas (default: all that are there)', words)
    .option('--labels <source>', 'where image-level labels come from, as for mcc train')
    .option('--quick', 'judge images by their header and end, and leave masks out')
    .option('--html <file>', 'also write a page of images with their masks laid over them')
    .option('--json', 'print the result as JSON on standard output')
    .addOption(forceOption())
    .addHelpText(
      'after',
      `
Examples:
  mcc data check voc VOCdevkit/VOC2012
  mcc data check coco MSCOCO --splits val2014 --html coco.html
  mcc data check folder birds --json

Your own data (folder) is images labeled in one of these forms:
${formsText()}
in folders train/ and val/, in the column split, or undivided. Masks are optional: label PNGs masks/NAME.png.`,
    )
    .action(async (name: Exclude<DatasetName, 'shapes'>, root: string, options: CheckOptions) => {
      const { splits, labels, quick, html, json } = options;
      if (html) claimFile('--html', html, { inputs: [root], force: options.force }, isOwnPage);
      const check = await interruptible({ every: { percent: 25, seconds: 30 } }, job =>
        checkSplits(name, { root, splits, labels, thorough: !quick, ...job }),
      );
      if (!check) return;
      const { notOpened, duplicates } = check;
      const problems = countProblems(check);
      const found = check.splits.map(({ dataset, hashes, ...split }) => split);
      const summary = { dataset: name, root, problems, splits: found, notOpened, duplicates };
      process.stdout.write(`${json ? JSON.stringify(summary) : describeCheck(check)}\n`);
      if (html) {
        const { contactSheet } = await import('../report/contact-sheet.js');
        await writeAtomically(html, await contactSheet(`${name}: ${root}`, check));
        process.stderr.write(`written: ${html}\n`);
      }
      // What training opens if it is not told otherwise, or what was asked for, has to open.
      const { trainSplit, valSplit } = recipes[name];
      const needed = splits ?? [trainSplit, valSplit];
      if (problems || notOpened.some(({ split }) => needed.includes(split) || name === 'coco')) process.exitCode = 1;
    });
}
