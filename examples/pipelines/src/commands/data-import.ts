import { basename, dirname, resolve } from 'node:path';
import { type ImportReport, importFolder } from '@wsss/datasets';
import { FolderLock, resultName } from '@wsss/files';
import type { Command } from 'commander';
import { interruptible } from './interruptible.js';
import { formsText } from './options.js';

const shown = 20;

/** mcc data import: what annotation tools export, as a plain folder. */
export function addDataImportCommand(data: Command): void {
  data
    .command('import')
    .summary('make a plain folder of what annotation tools export')
    .description(
      'Copies the pictures and masks of an export into a new folder that mcc train folder reads: labels.csv, classes.txt, images/ and ' +
        'masks/ (palette PNGs). Says what was taken, what was left out and why, and keeps that in import.json. What is read stays as it ' +
        'is. The exit code is 1 if something was left out.',
    )
    .argument('<from>', 'the folder of the export, unpacked, with its pictures')
    .requiredOption('--out <dir>', 'the folder to make; must not exist, or be empty')
    .option('--json', 'print the report as JSON on standard output')
    .addHelpText(
      'after',
      `
Forms that are read:
${formsText()}

Examples:
  mcc data import cvat-export --out birds
  mcc train folder --data birds --out runs/birds`,
    )
    .action(async (from: string, { out, json }: { out: string; json?: boolean }) => {
      const lock = await FolderLock.acquire(dirname(resolve(out)), {
        doing: 'mcc data import',
        name: `${resultName(basename(resolve(out)))}.lock`,
      });
      const report = await interruptible({ label: 'import' }, job => importFolder({ from, out, ...job })).finally(() => lock.release());
      if (!report) {
        process.stderr.write('Interrupted; nothing is left.\n');
        return;
      }
      process.stdout.write(`${json ? JSON.stringify({ out, ...report }) : describe(out, report)}\n`);
      if (report.leftOut.length) process.exitCode = 1;
    });
}

function describe(out: string, { forms, classes, taken, withMask, splits, leftOut, notes }: ImportReport): string {
  const divided = Object.entries(splits).map(([name, count]) => `${name} ${count}`);
  const more = leftOut.length > shown ? [`    … and ${leftOut.length - shown} more (${out}/import.json lists all)`] : [];
  return [
    `${out}: ${taken} image${taken === 1 ? '' : 's'} taken, ${withMask} with a mask (read as ${forms.join(', ')})`,
    `  ${divided.length ? divided.join(', ') : 'not divided into splits; mcc divides it by itself'}`,
    `  ${classes.length} class${classes.length === 1 ? '' : 'es'}: ${classes.join(', ')}`,
    ...notes.map(note => `  ${note}`),
    leftOut.length ? `  ${leftOut.length} left out:` : '  nothing was left out',
    ...leftOut.slice(0, shown).map(reason => `    ${reason}`),
    ...more,
  ].join('\n');
}
