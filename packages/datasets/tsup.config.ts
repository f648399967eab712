import { defineConfig } from 'tsup';

// The worker is an entry of its own: threads start from the worker.js that lies beside index.js.
export default defineConfig({
  entry: { index: 'src/index.ts', worker: 'src/threads/worker.ts' },
  format: 'esm',
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
});
