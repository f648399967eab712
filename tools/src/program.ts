import { pointToHelp } from '@wsss/pipelines';
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

/** `mcc bench` and `mcc parity`. */
export function createProgram(): Command {
  const program = new Command('mcc').addOption(new Option('--trace-errors', 'show where in the program an error arose'));
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
  return pointToHelp(program);
}
