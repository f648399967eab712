import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import { type AllReduceBenchmarkOptions, benchmarkAllReduce } from '../bench/all-reduce.js';
import { addBenchmark } from './benchmark.js';

const milliseconds = ({ shortest, median }: { shortest: number; median: number }) =>
  `${(1000 * median).toFixed(1)} ms (shortest ${(1000 * shortest).toFixed(1)})`;

/** mcc bench allreduce: gradients over MPI, against a C program. */
export function addAllReduceBenchmark(bench: Command): void {
  const command = bench
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
    .option('--mpicc <command>', 'the compiler of the same MPI (default: the launcher, with mpicc in its name)');
  addBenchmark(command, {
    example: 'mcc bench allreduce --mpirun mpirun.openmpi',
    measure: (options: AllReduceBenchmarkOptions) => benchmarkAllReduce(options),
    lines: ({ floats, ranks, c, communicator, float16, ratio, ratioOfShortest }) => [
      `sum of ${(floats / 1e6).toFixed(1)} M float32 over ${ranks} ranks, median`,
      `MPI_Allreduce in C: ${milliseconds(c)}`,
      `allReduce: ${milliseconds(communicator)}, ${ratio.toFixed(2)} × C (shortest ${ratioOfShortest.toFixed(2)} ×)`,
      `allReduce, float16 on the wire: ${milliseconds(float16)}`,
    ],
  });
}
