import { defineConfig } from 'tsup';

// worker.ts is an entry of its own: `trainingBatches` starts threads from the worker.js that lies beside index.js.
export default defineConfig({
  entry: { index: 'src/index.ts', worker: 'src/batches/worker.ts' },
  format: 'esm',
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
});
