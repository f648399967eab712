// Bundles the scripts of workers into build/, each complete in one file: '../build/…' finds them from src/ as well as from dist/.
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const folder = fileURLToPath(new URL('..', import.meta.url));
const target = join(folder, 'build');
const temporary = await mkdtemp(join(target, 'workers-'));
try {
  const entry = ['src/lattice-thread.ts', 'src/pool-worker.ts'].map(file => join(folder, file));
  await build({ config: false, entry, outDir: temporary, format: 'esm', target: 'es2022', splitting: false, silent: true });
  for (const file of await readdir(temporary)) await rename(join(temporary, file), join(target, file));
} finally {
  await rm(temporary, { recursive: true, force: true });
}
