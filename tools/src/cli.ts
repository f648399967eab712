import { runProgram } from '@wsss/files';
import { Command, Option } from 'commander';
import { addAllReduceBenchmark } from './bench/all-reduce.js';
import { addCrfBenchmark } from './bench/crf.js';
import { addEvaluationBenchmark } from './bench/evaluation.js';
import { addKernelsBenchmark } from './bench/kernels.js';
import { addLoaderBenchmark } from './bench/loader.js';
import { addLossesBenchmark } from './bench/losses.js';
import { addScalingBenchmark } from './bench/scaling.js';
import { addStepBenchmark } from './bench/step.js';
import { addParityCommand } from './parity/command.js';

// Runs `mcc bench` and `mcc parity`. Errors become one line and exit code 1.
const program = new Command('mcc').showHelpAfterError('(mcc --help shows what there is)');
const bench = program.command('bench').description('Measure speed.');
addStepBenchmark(bench);
addScalingBenchmark(bench);
addEvaluationBenchmark(bench);
addLossesBenchmark(bench);
addLoaderBenchmark(bench);
addAllReduceBenchmark(bench);
addKernelsBenchmark(bench);
addCrfBenchmark(bench);
addParityCommand(program);
program.addOption(new Option('--trace-errors', 'show where in the program an error arose'));
await runProgram(
  'mcc',
  () => program.parseAsync(process.argv),
  () => program.opts().traceErrors,
);
