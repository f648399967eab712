// Bundles scripts of workers, src/NAME.ts of the package in whose folder it is started, into build/, each complete in one file:
// '../build/NAME.js' finds them from src/ as well as from dist/.
//
// usage: node build-workers.mjs NAME…
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'tsup';

const target = join(process.cwd(), 'build');
await mkdir(target, { recursive: true });
const temporary = await mkdtemp(join(target, 'workers-'));
try {
  const entry = process.argv.slice(2).map(name => `src/${name}.ts`);
  await build({ config: false, entry, outDir: temporary, format: 'esm', target: 'es2022', splitting: false, silent: true });
  for (const file of await readdir(temporary)) await rename(join(temporary, file), join(target, file));
} finally {
  await rm(temporary, { recursive: true, force: true });
}
