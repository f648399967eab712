import { Command, Option } from 'commander';
import { addBenchCommand } from './commands/bench.js';
import { addParityCommand } from './commands/parity.js';

// Runs `mcc bench` and `mcc parity`. Errors become one line and exit code 1.
const program = new Command('mcc').showHelpAfterError('(mcc --help shows what there is)');
addBenchCommand(program);
addParityCommand(program);
program.addOption(new Option('--trace-errors', 'show where in the program an error arose'));
try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.stderr.write(`mcc: ${program.opts().traceErrors ? (error as Error).stack : (error as Error).message}\n`);
  process.exitCode = 1;
}
