import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface AllReduceBenchmarkOptions {
  /** Processes, at least 2. Default 2. */
  ranks?: number;
  /** Values to sum. Default 22 million, the gradients of ViT-S. */
  floats?: number;
  /** Sums in each start of a program. Default 10. */
  runs?: number;
  /** Starts of each program, one after the other in turn. Default 5. */
  rounds?: number;
  /** The launcher. Default `mpirun`. */
  mpirun?: string;
  /** The compiler of the same MPI. Default: the launcher's name with `mpicc`. */
  mpicc?: string;
}

export interface Timing {
  /** Seconds of the fastest sum, of the one in the middle. */
  shortest: number;
  median: number;
}

export interface AllReduceBenchmark {
  ranks: number;
  floats: number;
  /** `MPI_Allreduce` called from C. */
  c: Timing;
  /** `allReduce` of the communicator. */
  communicator: Timing;
  /** The same with half precision on the wire. */
  float16: Timing;
  /** Median of the communicator ÷ median of C, and the same of the shortest. */
  ratio: number;
  ratioOfShortest: number;
}

/**
 * Times the communicator's all-reduce against `MPI_Allreduce` in a C program that the MPI's own compiler makes.
 *
 * @throws Error if the launcher or the compiler is missing or fails.
 */
export async function benchmarkAllReduce(options: AllReduceBenchmarkOptions = {}): Promise<AllReduceBenchmark> {
  const { ranks = 2, floats = 22_000_000, runs = 10, rounds = 5, mpirun = 'mpirun' } = options;
  const mpicc = options.mpicc ?? mpirun.replace(/mpirun|mpiexec/, 'mpicc');
  const folder = await mkdtemp(join(tmpdir(), 'wsss-allreduce-'));
  try {
    const program = join(folder, 'allreduce');
    await run(mpicc, ['-O2', '-o', program, fileURLToPath(new URL('../src/bench/peers/allreduce.c', import.meta.url))]);
    const script = fileURLToPath(new URL('../dist/bench/all-reduce-program.js', import.meta.url));
    const commands = {
      c: [program, String(floats), String(runs)],
      communicator: [process.execPath, script, String(floats), String(runs), 'full'],
      float16: [process.execPath, script, String(floats), String(runs), 'float16'],
    };
    const seconds = { c: [] as number[], communicator: [] as number[], float16: [] as number[] };
    for (let round = 0; round < rounds; round++)
      for (const name of ['c', 'communicator', 'float16'] as const) {
        const { stdout } = await run(mpirun, ['-np', String(ranks), ...commands[name]]);
        seconds[name].push(...(JSON.parse(stdout) as number[]));
      }
    const [c, communicator, float16] = [timing(seconds.c), timing(seconds.communicator), timing(seconds.float16)];
    return {
      ranks,
      floats,
      c,
      communicator,
      float16,
      ratio: communicator.median / c.median,
      ratioOfShortest: communicator.shortest / c.shortest,
    };
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

function timing(seconds: number[]): Timing {
  const sorted = seconds.toSorted((a, b) => a - b);
  return { shortest: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]! };
}
