import { defineConfig } from 'tsup';

// The thread that calls MPI is a program of its own, and so is what the benchmark starts.
export default defineConfig({
  entry: ['src/index.ts', 'src/mpi-thread.ts', 'src/all-reduce-program.ts'],
  format: 'esm',
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
});
