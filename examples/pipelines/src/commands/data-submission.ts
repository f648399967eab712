import { checkVocSubmission } from '@wsss/datasets';
import { visible } from '@wsss/files';
import { Progress } from '@wsss/train';
import type { Command } from 'commander';

interface SubmissionOptions {
  data: string;
  split: string;
  json?: boolean;
}

const shown = 20;

/** mcc data submission: what the evaluation server would find wrong with an archive of label PNGs. */
export function addDataSubmissionCommand(data: Command): void {
  data
    .command('submission')
    .summary('check an archive for the evaluation server of VOC')
    .description(
      'Reads an archive of label PNGs, as mcc eval voc --split test packs it or another program has, and says what the evaluation server ' +
        'would refuse or score wrongly: names, their number, format, palette, sizes and labels. The exit code is 1 if something is wrong.',
    )
    .argument('<archive>', 'results.tgz, a tar archive, or the folder with results/')
    .requiredOption('--data <dir>', 'folder of the data: VOCdevkit/VOC2012')
    .option('--split <name>', 'whose images it is for', 'test')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText('after', '\nExample:\n  mcc data submission results.tgz --data VOCdevkit/VOC2012')
    .action(async (archive: string, { data: voc, split, json }: SubmissionOptions) => {
      let progress: Progress | undefined;
      const onImage = (done: number, total: number) => {
        progress ??= new Progress({ total, label: 'files' });
        progress.update(done);
      };
      const found = await checkVocSubmission(archive, { voc, split, onImage });
      progress?.finish();
      const { masks, expected, problems } = found;
      if (json) process.stdout.write(`${JSON.stringify({ archive, ...found })}\n`);
      else {
        const more = problems.length > shown ? [`… and ${problems.length - shown} more (--json lists all)`] : [];
        const verdict = problems.length ? `${problems.length} problem${problems.length > 1 ? 's' : ''}` : 'nothing is wrong';
        process.stdout.write(`${archive}: labels of ${masks} of ${expected} images of ${split}, ${verdict}\n`);
        for (const line of [...problems.slice(0, shown), ...more]) process.stdout.write(`  ${visible(line)}\n`);
      }
      if (problems.length) process.exitCode = 1;
    });
}
