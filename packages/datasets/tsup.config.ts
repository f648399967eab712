import { defineConfig } from 'tsup';

// Workers are entries of their own: threads start from the worker files that lie beside index.js.
export default defineConfig({
  entry: { index: 'src/index.ts', worker: 'src/batches/worker.ts', 'coco-mask-worker': 'src/coco/mask-worker.ts' },
  format: 'esm',
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
});
