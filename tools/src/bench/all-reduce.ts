import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './timing.js';

const execute = promisify(execFile);

/** Options of `mcc bench allreduce`, which say what they are. */
export interface AllReduceBenchmarkOptions {
  ranks: number;
  floats: number;
  runs: number;
  rounds: number;
  mpirun: string;
  mpicc?: string;
}

/**
 * Times the communicator's all-reduce against `MPI_Allreduce` in a C program that the MPI's own compiler makes.
 *
 * @throws Error if the launcher or the compiler is missing or fails.
 */
export async function benchmarkAllReduce({ ranks, floats, runs, rounds, mpirun, ...options }: AllReduceBenchmarkOptions) {
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
