// For every package: tsup looks for its configuration in the folders above.
import { readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

// dist/NAME.js and dist/NAME.d.ts, which a package exports, are made of src/NAME.ts. Programs, such as those that a package starts in
// threads and processes of their own, are entries that its build script names.
const { exports = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports?: Record<string, { types?: string }> };
const exported = Object.values(exports).flatMap(({ types }) => types?.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts') ?? []);

export default defineConfig({
  entry: exported,
  format: 'esm',
  target: 'es2022',
  dts: exported.length > 0 && { entry: exported, compilerOptions: { stripInternal: true } },
  sourcemap: true,
  clean: true,
});
