import type { Command } from 'commander';
import { addAllReduceBenchmark } from './bench-all-reduce.js';
import { addCrfBenchmark } from './bench-crf.js';
import { addLoaderBenchmark } from './bench-data.js';
import { addEvaluationBenchmark } from './bench-eval.js';
import { addKernelsBenchmark } from './bench-kernels.js';
import { addLossesBenchmark } from './bench-losses.js';
import { addStepBenchmark } from './bench-step.js';

/** mcc bench: measurements, each beside a peer or a fixed reference in the same run. */
export function addBenchCommand(program: Command): void {
  const bench = program.command('bench').description('Measure speed.');
  addStepBenchmark(bench);
  addEvaluationBenchmark(bench);
  addLossesBenchmark(bench);
  addLoaderBenchmark(bench);
  addAllReduceBenchmark(bench);
  addKernelsBenchmark(bench);
  addCrfBenchmark(bench);
}
