import { defineConfig } from 'tsup';

// The thread that calls MPI is a program of its own.
export default defineConfig({
  entry: ['src/index.ts', 'src/mpi-thread.ts'],
  format: 'esm',
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
});
