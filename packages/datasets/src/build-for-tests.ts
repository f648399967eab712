// Imported by the tests of what is compiled: brings build/pixels.wasm up to date.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..');
const modified = (...path: string[]) => statSync(join(folder, ...path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = Math.max(
  ...readdirSync(join(folder, 'assembly')).map(file => modified('assembly', file)),
  modified('scripts/build-wasm.mjs'),
);
// Test files run in processes of their own; should two build at once, each renames a whole file into its place.
if (modified('build/pixels.wasm') < sources) execFileSync(process.execPath, [join(folder, 'scripts/build-wasm.mjs')], { stdio: 'inherit' });
