// Imported by the tests: brings build/ up to date, where the compiled kernels and the helper thread lie.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const modified = (...path: string[]) => statSync(join(folder, ...path), { throwIfNoEntry: false })?.mtimeMs;
const newest = (path: string) => Math.max(...readdirSync(join(folder, path)).map(file => modified(path, file)!));
const stale = (file: string, sources: number) => (modified('build', file) ?? 0) < sources;
const run = (script: string) => execFileSync(process.execPath, [join(folder, 'scripts', script)], { stdio: 'inherit' });

const wasmStale = () => stale('kernels-threads-fused.wasm', Math.max(newest('assembly'), modified('scripts', 'build-wasm.mjs')!));
const workerSources = ['src/helper-thread.ts', 'src/team-words.ts', 'scripts/build-worker.mjs'].map(file => modified(file)!);
const workerStale = () => stale('helper-thread.js', Math.max(...workerSources));

// Test files run in processes of their own: one builds, the others wait.
const lock = join(folder, 'build', '.lock');
const patience = 60_000;
while (wasmStale() || workerStale()) {
  try {
    mkdirSync(join(folder, 'build'), { recursive: true });
    mkdirSync(lock);
  } catch {
    const since = modified('build', '.lock');
    if (since && Date.now() - since > patience) rmSync(lock, { recursive: true, force: true });
    await new Promise(resolve => setTimeout(resolve, 100));
    continue;
  }
  try {
    if (wasmStale()) run('build-wasm.mjs');
    if (workerStale()) run('build-worker.mjs');
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
