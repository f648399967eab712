import type { Command } from 'commander';
import { evaluateRun } from '../report/evaluate-run.js';
import { readRuns } from '../report/read-run.js';
import { writeReport } from '../report/write-report.js';
import { runFiles } from '../run/folder.js';
import { claimFile, isOwnPage } from '../run/outputs.js';
import { type EngineChoice, engineOptions, forceOption, startChosenEngine } from './options.js';

interface ReportOptions extends EngineChoice {
  out?: string;
  evaluate?: boolean;
  data?: string;
  split?: string;
  force?: boolean;
}

/** mcc report: a page about a run, or about several side by side. */
export function addCommand(command: Command): void {
  command
    .description(
      'Writes one HTML page about a run, or about several side by side: scores, curves, classes, confusions, images with overlays, ' +
        'timing, environment and recipe. It opens from disk, without network.',
    )
    .argument('<run...>', 'folders of runs')
    .option('--out <file>', 'where the page goes (default: report.html in the folder of the run, or compare.html for several)')
    .option(
      '--evaluate',
      'first score the checkpoint of each run on its validation split and look at images: for runs that have not ended, ' +
        'or were made by an earlier version',
    )
    .option('--data <dir>', 'with --evaluate: folder of the data (VOC: VOCdevkit/VOC2012)')
    .option('--split <name>', 'with --evaluate: split to evaluate on (default: the validation split)')
    .addHelpText(
      'after',
      `
Examples:
  mcc report runs/voc                             # runs/voc/report.html
  mcc report runs/fixed runs/paper --out compare.html
  mcc report runs/voc --evaluate --data VOCdevkit/VOC2012   # a run that is still going on`,
    );
  for (const option of [forceOption(), ...engineOptions()]) command.addOption(option);
  command.action(async (folders: string[], options: ReportOptions) => {
    const out = options.out ?? (folders.length > 1 ? 'compare.html' : runFiles(folders[0]!).report);
    readRuns(folders); // what is no run is refused before anything is computed or made
    claimFile('--out', out, { inputs: folders, force: options.force }, isOwnPage);
    if (options.evaluate) {
      const engine = await startChosenEngine(options);
      for (const folder of folders) if (!(await evaluateRun(folder, engine, options))) return;
    }
    await writeReport(out, folders);
    process.stderr.write(`${out}: ${folders.join(', ')}\n`);
  });
}
