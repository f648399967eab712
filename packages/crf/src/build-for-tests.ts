// Imported by the tests: brings build/ up to date, where the compiled lattice and the workers lie.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const newest = (path: string) => Math.max(...readdirSync(join(folder, path)).map(file => statSync(join(folder, path, file)).mtimeMs));
const built = (file: string) => statSync(join(folder, 'build', file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const run = (script: string) => execFileSync(process.execPath, [join(folder, 'scripts', script)], { stdio: 'inherit' });

if (built('lattice-scalar.wasm') < Math.max(newest('assembly'), newest('scripts'))) run('build-wasm.mjs');
if (built('pool-worker.js') < Math.max(newest('src'), newest('scripts'))) run('build-workers.mjs');
