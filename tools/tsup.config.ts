import { defineConfig } from 'tsup';

// What `bench allreduce` starts on several processes is a program of its own. The browser of the fixtures is for tests alone.
export default defineConfig({
  entry: ['src/cli.ts', 'src/bench/all-reduce-program.ts'],
  format: 'esm',
  target: 'es2022',
  external: ['playwright-core'],
  clean: true,
});
