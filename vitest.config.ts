import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// Every workspace package is a project of its own name; `@wsss/x` and `@wsss/x/entry` resolve to their source, so tests never run
// against a stale build.
const root = import.meta.dirname;
const folders = ['packages', 'examples']
  .flatMap(parent => readdirSync(resolve(root, parent)).map(name => resolve(root, parent, name)))
  .concat(['fixtures', 'tools', 'tools/docs-site'].map(name => resolve(root, name)));
const projects = folders
  .filter(folder => existsSync(resolve(folder, 'package.json')))
  .map(folder => {
    const { name, devDependencies } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8')) as {
      name: string;
      devDependencies?: Record<string, string>;
    };
    return { folder, name, engine: ['@wsss/fixtures', '@wsss/engine'].some(name => devDependencies?.[name] !== undefined) };
  });
const alias = projects.flatMap(({ folder, name }) => [
  { find: new RegExp(`^${name}$`), replacement: resolve(folder, 'src/index.ts') },
  { find: new RegExp(`^${name}/([\\w-]+)$`), replacement: resolve(folder, 'src/$1.ts') },
]);

export default defineConfig({
  resolve: { alias },
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests of packages that take tensors run on the engine named by WSSS_ENGINE (wasm unless said otherwise).
    projects: projects.map(({ folder, name, engine }) => ({
      extends: true as const,
      test: {
        name,
        root: folder,
        // `pnpm test:slow` runs what takes minutes, and nothing else.
        include: [process.env.WSSS_SLOW ? 'src/**/*.slow.ts' : 'src/**/*.test.ts'],
        passWithNoTests: true,
        setupFiles: engine ? [resolve(root, 'fixtures/src/start-test-engine.ts')] : [],
      },
    })),
  },
});
