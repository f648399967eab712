import { runProgram } from '@wsss/files';
import { muteOtherRanks } from '@wsss/parallel';
import { Command, Option } from 'commander';
import { addCamCommand } from './commands/cam.js';
import { addCompareCommand } from './commands/compare.js';
import { addCrfCommand } from './commands/crf.js';
import { addDataCommand } from './commands/data.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEngineCommand } from './commands/engine.js';
import { addEvalCommand } from './commands/eval.js';
import { addExplainCommand } from './commands/explain.js';
import { addExportCommand } from './commands/export.js';
import { addPlaygroundCommand } from './commands/playground.js';
import { addPredictCommand } from './commands/predict.js';
import { addPretrainCommand } from './commands/pretrain.js';
import { addPseudoCommand } from './commands/pseudo.js';
import { addReportCommand } from './commands/report.js';
import { addToolsCommands } from './commands/tools.js';
import { addTrainCommand } from './commands/train.js';
import { addWeightsCommand } from './commands/weights.js';

/** Runs the `mcc` command. Errors become one line and exit code 1. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('mcc')
    .description('Masked Collaborative Contrast: weakly supervised semantic segmentation from image-level labels.')
    .version('0.0.0')
    .showHelpAfterError('(mcc --help shows what there is)')
    .addHelpText(
      'after',
      `
First steps:
  mcc doctor                       which engines work here
  mcc train shapes --out runs/a    a run that needs no data
  mcc playground                   look at a network, and train one, in a page
  mcc train voc --help             everything that a run can be told`,
    );
  addTrainCommand(program);
  addEvalCommand(program);
  addCompareCommand(program);
  addReportCommand(program);
  addExplainCommand(program);
  addPredictCommand(program);
  addCamCommand(program);
  addPseudoCommand(program);
  addExportCommand(program);
  addPlaygroundCommand(program);
  addPretrainCommand(program);
  addCrfCommand(program);
  addToolsCommands(program);
  addEngineCommand(program);
  addDataCommand(program);
  addWeightsCommand(program);
  addDoctorCommand(program);
  program.addOption(new Option('--trace-errors', 'show where in the program an error arose'));
  await runProgram(
    'mcc',
    () => {
      muteOtherRanks();
      return program.parseAsync(argv as string[]);
    },
    () => program.opts().traceErrors,
  );
}
