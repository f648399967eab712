import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'tsup';

/** This package, built from the source under test: its thread is JavaScript. Inside node_modules, so that koffi is found from there. */
export async function builtPackage(): Promise<{ folder: string; program: (body: string) => string; remove: () => void }> {
  const home = resolve(import.meta.dirname, '../..');
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
    noExternal: ['@wsss/numpy'],
    esbuildOptions: build => void (build.alias = { '@wsss/numpy': join(home, '../numpy/src/index.ts') }),
  });
  let programs = 0;
  return {
    folder,
    /** Writes a program of the ranks; `job` is the communicator, `say` prints the ranks' values, a line of JSON each, in their order. */
    program: body => {
      const file = join(folder, `program-${programs++}.mjs`);
      writeFileSync(
        file,
        `import { exchange, joinJob } from './index.js';
const job = await joinJob({ watchdog: Number(process.env.WATCHDOG ?? 20) });
const say = async value => {
  const lines = await job.gather(new TextEncoder().encode(JSON.stringify(value) + '\\n'));
  for (const line of lines ?? []) process.stdout.write(new TextDecoder().decode(line));
};
${body}
await job.close();
`,
      );
      return file;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
