// Bundles the script of helper threads into build/, complete in one file: '../build/…' finds it from src/ as well as from dist/.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const folder = fileURLToPath(new URL('..', import.meta.url));
const target = join(folder, 'build');
const temporary = await mkdtemp(join(target, 'worker-'));
try {
  const entry = [join(folder, 'src', 'helper-thread.ts')];
  await build({ config: false, entry, outDir: temporary, format: 'esm', target: 'es2022', splitting: false, silent: true });
  await rename(join(temporary, 'helper-thread.js'), join(target, 'helper-thread.js'));
} finally {
  await rm(temporary, { recursive: true, force: true });
}
