import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import type { AllReduceBenchmarkOptions, Timing } from '../bench/all-reduce.js';

/** mcc bench allreduce: gradients over MPI, against a C program. */
export function addAllReduceBenchmark(bench: Command): void {
  bench
    .command('allreduce')
    .summary('summing gradients over MPI, against a C program')
    .description(
      "Starts processes by mpirun and times how they sum up an array, beside MPI_Allreduce in a C program that the MPI's own compiler makes. Environment variables of the MPI apply.",
    )
    .option('--ranks <n>', 'processes', integer(2), 2)
    .option('--floats <n>', 'values to sum', integer(1), 22_000_000)
    .option('--runs <n>', 'sums in each start of a program', integer(1), 10)
    .option('--rounds <n>', 'starts of each program, in turn', integer(1), 5)
    .option('--mpirun <command>', 'the launcher', 'mpirun')
    .option('--mpicc <command>', 'the compiler of the same MPI (default: the launcher, with mpicc in its name)')
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText('after', '\nExample:\n  mcc bench allreduce --mpirun mpirun.openmpi')
    .action(async ({ json, ...options }: AllReduceBenchmarkOptions & { json?: boolean }) => {
      const { benchmarkAllReduce } = await import('../bench/all-reduce.js');
      const result = await benchmarkAllReduce(options);
      if (json) {
        process.stdout.write(`${JSON.stringify(result)}\n`);
        return;
      }
      const milliseconds = ({ shortest, median }: Timing) => `${(1000 * median).toFixed(1)} ms (shortest ${(1000 * shortest).toFixed(1)})`;
      process.stdout.write(
        `sum of ${(result.floats / 1e6).toFixed(1)} M float32 over ${result.ranks} ranks, median\nMPI_Allreduce in C: ${milliseconds(result.c)}\nallReduce: ${milliseconds(result.communicator)}, ${result.ratio.toFixed(2)} × C (shortest ${result.ratioOfShortest.toFixed(2)} ×)\nallReduce, float16 on the wire: ${milliseconds(result.float16)}\n`,
      );
    });
}
