// Bundles scripts of workers, src/NAME.ts of the package in whose folder it is started, into build/NAME.js, which exports each as text
// (`script`): it goes wherever the package's code goes, into any bundle, and no minifier renames what it uses.
//
// usage: node build-workers.mjs NAME…
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { writeText } from './write-text.mjs';

const target = join(process.cwd(), 'build');
await mkdir(target, { recursive: true });
for (const name of process.argv.slice(2)) {
  const { outputFiles } = await build({
    entryPoints: [join('src', `${name}.ts`)],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['../build/*'], // what starts workers of its own, which workers do not
  });
  await writeText(target, name, 'script', outputFiles[0].text);
}
