import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'tsup';

/** An MPI that is installed here. */
export interface InstalledMpi {
  name: 'Open MPI' | 'MPICH' | 'Intel MPI';
  mpirun: string;
}

/** The MPIs of this machine; Debian installs several side by side. */
export function installedMpis(): InstalledMpi[] {
  const found = new Map<string, InstalledMpi>();
  for (const mpirun of ['mpirun.openmpi', 'mpirun.mpich', 'mpirun']) {
    try {
      const version = execFileSync(mpirun, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const name = /Open MPI|OpenRTE/.test(version) ? 'Open MPI' : /Intel/.test(version) ? 'Intel MPI' : 'MPICH';
      if (!found.has(name)) found.set(name, { name, mpirun });
    } catch {
      // not installed
    }
  }
  return [...found.values()];
}

/** Where no MPI is installed, tests that start processes are skipped, with this. */
export const mpiNeeded = 'skipped: no mpirun here. Debian and Ubuntu: apt-get install openmpi-bin (or mpich)';

/** Variables with which an MPI starts more processes than cores, also as root in a container. */
export const permissive = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  OMPI_MCA_mpi_yield_when_idle: '1',
  OMPI_MCA_hwloc_base_binding_policy: 'none',
};

export interface Ended {
  out: string;
  err: string;
  code: number | null;
  seconds: number;
}

/** Starts a program on several ranks. `onText` gets what comes on both streams, as it comes. */
export function mpirun(
  { mpirun }: InstalledMpi,
  ranks: number,
  command: readonly string[],
  { onText, environment = {} }: { onText?: (text: string, launcher: number) => void; environment?: Record<string, string> } = {},
): Promise<Ended> {
  const start = performance.now();
  return new Promise((done, reject) => {
    const child = spawn(mpirun, ['-np', String(ranks), ...command], {
      env: { ...permissive, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { out: '', err: '' };
    for (const [name, stream] of [
      ['out', child.stdout],
      ['err', child.stderr],
    ] as const)
      stream.on('data', (part: Buffer) => {
        text[name] += part;
        onText?.(String(part), child.pid!);
      });
    child.on('error', reject);
    child.on('close', code => done({ ...text, code, seconds: (performance.now() - start) / 1000 }));
  });
}

/** This package, built from the source under test: its thread is JavaScript. Inside node_modules, so that koffi is found from there. */
export async function builtPackage(): Promise<{ folder: string; program: (body: string) => string; remove: () => void }> {
  const home = resolve(import.meta.dirname, '..');
  mkdirSync(join(home, 'node_modules'), { recursive: true });
  const folder = mkdtempSync(join(home, 'node_modules', '.test-'));
  const entry = { index: join(home, 'src/index.ts'), 'mpi-thread': join(home, 'src/mpi-thread.ts') };
  await build({
    entry,
    outDir: folder,
    format: 'esm',
    target: 'es2022',
    external: ['koffi', '@tensorflow/tfjs-core'],
    config: false,
    silent: true,
  });
  let programs = 0;
  return {
    folder,
    /** Writes a program of the ranks; `job` is the communicator, `say` prints the ranks' values, a line of JSON each, in their order. */
    program: body => {
      const file = join(folder, `program-${programs++}.mjs`);
      writeFileSync(
        file,
        `import { exchange, joinJob } from './index.js';\nconst job = await joinJob({ watchdog: Number(process.env.WATCHDOG ?? 20) });\nconst say = async value => {
  const lines = await job.gather(new TextEncoder().encode(JSON.stringify(value) + '\\n'));
  for (const line of lines ?? []) process.stdout.write(new TextDecoder().decode(line));
};\n${body}\nawait job.close();\n`,
      );
      return file;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
