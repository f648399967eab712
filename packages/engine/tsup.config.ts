import { defineConfig } from 'tsup';

// probe is a program of its own: `inspectEngines` runs it in a process for each engine.
export default defineConfig({
  entry: ['src/index.ts', 'src/probe.ts'],
  format: 'esm',
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
});
