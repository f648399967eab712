import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import { addBenchmark } from './benchmark.js';
import { median } from './timing.js';

const milliseconds = ({ shortest, median }: { shortest: number; median: number }) =>
  `${(1000 * median).toFixed(1)} ms (shortest ${(1000 * shortest).toFixed(1)})`;

/** mcc bench allreduce: gradients over MPI, against a C program. */
export function addAllReduceBenchmark(bench: Command): void {
  const command = bench
    .command('allreduce')
    .summary('summing gradients over MPI, against a C program')
    .description(
      'Times how processes started by mpirun sum up an array, beside MPI_Allreduce in C. Environment variables of the MPI apply.',
    )
    .option('--ranks <n>', 'processes', integer(2), 2)
    .option('--floats <n>', 'values to sum', integer(1), 22_000_000)
    .option('--runs <n>', 'sums in each start of a program', integer(1), 10)
    .option('--rounds <n>', 'starts of each program, in turn', integer(1), 5)
    .option('--mpirun <command>', 'the launcher', 'mpirun')
    .option('--mpicc <command>', 'the compiler of the same MPI (default: the launcher, with mpicc in its name)');
  addBenchmark(command, {
    example: 'mcc bench allreduce --mpirun mpirun.openmpi',
    measure: benchmarkAllReduce,
    lines: ({ floats, ranks, c, communicator, float16, ratio, ratioOfShortest }) => [
      `sum of ${(floats / 1e6).toFixed(1)} M float32 over ${ranks} ranks, median`,
      `MPI_Allreduce in C: ${milliseconds(c)}`,
      `allReduce: ${milliseconds(communicator)}, ${ratio.toFixed(2)} × C (shortest ${ratioOfShortest.toFixed(2)} ×)`,
      `allReduce, float16 on the wire: ${milliseconds(float16)}`,
    ],
  });
}

const execute = promisify(execFile);

type Options = Record<'ranks' | 'floats' | 'runs' | 'rounds', number> & { mpirun: string; mpicc?: string };

/**
 * Times the communicator's all-reduce against `MPI_Allreduce` in a C program that the MPI's own compiler makes.
 *
 * @throws Error if the launcher or the compiler is missing or fails.
 */
async function benchmarkAllReduce({ ranks, floats, runs, rounds, mpirun, ...options }: Options) {
  const mpicc = options.mpicc ?? mpirun.replace(/mpirun|mpiexec/, 'mpicc');
  const folder = await mkdtemp(join(tmpdir(), 'wsss-allreduce-'));
  try {
    const program = join(folder, 'allreduce');
    await run(mpicc, ['-O2', '-o', program, fileURLToPath(new URL('../src/bench/peers/allreduce.c', import.meta.url))]);
    const script = fileURLToPath(new URL('../dist/bench/all-reduce-program.js', import.meta.url));
    const sizes = [floats, runs].map(String);
    const commands = {
      c: [program, ...sizes],
      communicator: [process.execPath, script, ...sizes, 'full'],
      float16: [process.execPath, script, ...sizes, 'float16'],
    };
    const seconds: Record<string, number[]> = { c: [], communicator: [], float16: [] };
    for (let round = 0; round < rounds; round++)
      for (const [name, command] of Object.entries(commands)) {
        const { stdout } = await run(mpirun, ['-np', String(ranks), ...command]);
        seconds[name]!.push(...(JSON.parse(stdout) as number[]));
      }
    const timing = (name: keyof typeof commands) => ({ shortest: Math.min(...seconds[name]!), median: median(seconds[name]!) });
    const [c, communicator, float16] = [timing('c'), timing('communicator'), timing('float16')];
    const ratio = communicator.median / c.median;
    return { ranks, floats, c, communicator, float16, ratio, ratioOfShortest: communicator.shortest / c.shortest };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(command: string, args: string[]): Promise<{ stdout: string }> {
  return execute(command, args).catch(error => {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    throw new Error(
      code === 'ENOENT'
        ? `${command} not found; it comes with MPI (Debian: apt-get install openmpi-bin libopenmpi-dev)`
        : `${command} failed: ${stderr}`,
    );
  });
}
