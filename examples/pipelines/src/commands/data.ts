import type { Command } from 'commander';
import { addDataCheckCommand } from './data-check.js';
import { addDataCocoMasksCommand } from './data-coco-masks.js';
import { addDataImportCommand } from './data-import.js';
import { addDataMasksCommand } from './data-masks.js';
import { addDataPackCommand } from './data-pack.js';
import { addDataSbdCommand } from './data-sbd.js';
import { addDataSubmissionCommand } from './data-submission.js';

/** mcc data: makes and checks data sets. Each sub-command has a file of its own, `data-NAME.ts`. */
export function addCommand(command: Command): void {
  command.description('Makes and checks the files that training reads.');
  addDataCheckCommand(command);
  addDataCocoMasksCommand(command);
  addDataImportCommand(command);
  addDataMasksCommand(command);
  addDataPackCommand(command);
  addDataSbdCommand(command);
  addDataSubmissionCommand(command);
}
